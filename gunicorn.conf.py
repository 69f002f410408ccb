"""Read by gunicorn when it is started from this folder; the command line goes before it."""

logger_class = "lincassable.server_logs.ServerLogger"

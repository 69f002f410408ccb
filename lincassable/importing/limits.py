"""How much one file may hold. Above these, a file is refused before anything is read from it."""

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
# The longest text a cell may hold in spreadsheet programs.
MAX_CELL_CHARS = 32_767
# An XLSX is a zip: what its parts may weigh once opened, and how many there may be.
MAX_UNZIPPED_BYTES = 400 * 1024 * 1024
MAX_ZIP_PARTS = 2_000
# From the admin, somebody waits for the page: bigger files go through the command.
ADMIN_MAX_FILE_BYTES = 5 * 1024 * 1024
ADMIN_MAX_ROWS = 2_000
# Uploaded files that nobody confirmed are removed after this long.
ADMIN_KEEP_HOURS = 24

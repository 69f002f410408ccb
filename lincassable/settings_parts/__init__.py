"""Parts of the settings, each of one matter; lincassable/settings.py brings them together. Other code reads django.conf.settings only."""

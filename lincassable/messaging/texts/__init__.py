"""The texts of mails as coordinators edit them: a small language, its variables, versions, and what is in use now.

`kinds` is the registry of what exists; `sandbox` runs what was typed; `markup` turns it into HTML and plain text; `compose` puts it into a
mail; `live` knows which text is in use; `services` are the writes; `starting` makes an editable text of the delivered one.
"""

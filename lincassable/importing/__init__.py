"""Reads spreadsheets that people made: one engine for every importer. Knows files and forms, nothing of the domain.

`reading` and `xlsx` turn bytes into lines, `columns` recognises the headers, `fields` the values, `engine` runs an
`Importer` over them and answers with a `Report`, `writing` makes templates and the file of refused rows, `command`
and `views` bring the same to a terminal and to the admin.
"""

"""The network's figures: one registry of what is counted, in words, with its source, by period, zone, carrier, producer and place.

`sources` says which rows count, `registry` which figures are made of them, `sums` adds these rows up and lists them, so that what a number
opens adds up to it. `report` puts the answer together; `cards`, `drill`, `table`, `paper` and `public` show it.
"""

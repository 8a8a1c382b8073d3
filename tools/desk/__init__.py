"""The instructor's desk: a local web app over one gradebook (`nnlab serve OUT`).

`server` puts it together, `access` decides who may ask, `classroom` holds the class in memory, and
each module in `views` serves one page. The gradebook is the only store: everything a person does
is a row of its ledger.
"""

"""Before a half goes live, and whenever something seems wrong: what is there, looked over.

`checks` look at one thing each and change nothing; `doctor` puts together those of a configured
half. `answers` become the files of a new shop in `writing`, which `trial` tries with demo orders.
"""

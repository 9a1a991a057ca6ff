"""The demo: two companies' books, made by the commands that anybody types. `python -m billing_beans.ledgers.demo`."""

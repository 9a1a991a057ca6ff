"""`python -m billing_beans.cli`, where the console script is not on the path."""

from billing_beans.cli import main

main()

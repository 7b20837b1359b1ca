"""The cases, in the order of the table. A new one is a module here with a list CASES, and its name in MODULES."""

import importlib

MODULES = ("reads", "lists", "submissions", "downloads", "logins", "parsing", "memory", "starts", "company")
ALL = [case for module in MODULES for case in importlib.import_module(f"cases.{module}").CASES]

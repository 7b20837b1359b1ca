"""The commands of the binary, as an operator types them."""

import harness


def user(storage, command, *arguments, password=None, **settings):
    """`alma-leads user COMMAND ...` in the directory of a service, beside it or without it."""
    return harness.run(storage, storage.data_dir.parent, "user", command, *arguments,
                       stdin="" if password is None else password + "\n", **settings)


def must(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def deactivate(storage, email):
    must(user(storage, "deactivate", email))


def activate(storage, email):
    must(user(storage, "activate", email))

"""Fixtures: services of the real binary, with staff accounts that were made once."""

import itertools

import pytest

import backends
import stores
from command_line import deactivate
from harness import ADMIN, ATTORNEY, BINARY, DEACTIVATED, PASSWORD, Service
from mails import Relay
from nginx import HOST, Site


def pytest_addoption(parser):
    parser.addoption("--backend", choices=sorted(backends.BACKENDS), default=backends.EmbeddedStorage.name,
                     help="where the services under test keep their data")
    parser.addoption("--store", choices=stores.STORES, default=stores.DirectoryStore.name, help="where resumes are kept")


def pytest_configure(config):
    Services.store = stores.STORES[config.getoption("--store")]


def pytest_collection_modifyitems(config, items):
    """Tests that speak of one backend or store, by their marker, are left out on the others."""
    others = set(backends.BACKENDS) - {config.option.backend}
    if config.getoption("--store") != stores.DirectoryStore.name:
        others.add("directory_store")

    def is_of_another(item):
        return any(item.get_closest_marker(name) for name in others)

    config.hook.pytest_deselected(items=[item for item in items if is_of_another(item)])
    items[:] = [item for item in items if not is_of_another(item)]


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing: build it (ninja -C build/dev app) or set ALMA_BINARY")


@pytest.hookimpl(trylast=True)  # after the last fixtures, which a run that was stopped early still has
def pytest_sessionfinish():
    backends.remove_shared_server()
    stores.stop_servers()


class Services:
    """Makes services below one directory and stops them all in the end."""

    store = stores.DirectoryStore  # as --store says

    def __init__(self, directory, backend, staff=None):
        self._directory = directory
        self._backend = backend
        self._staff = staff
        self._numbers = itertools.count()
        self._storages = []
        self._services = []

    def storage(self, with_staff=True, store=None):
        """Storage in a directory of its own; with the three accounts of staff_storage, or empty."""
        storage = self._backend(self._directory / f"service{next(self._numbers)}", store or self.store)
        self._storages.append(storage)
        if with_staff:
            storage.copy_from(self._staff)
        return storage

    def service(self, with_staff=True, storage=None, **settings):
        """A service that is not started yet."""
        storage = storage or self.storage(with_staff)
        service = Service(storage, storage.data_dir.parent, **settings)
        self._services.append(service)
        return service

    def __call__(self, with_staff=True, storage=None, **settings):
        return self.service(with_staff, storage, **settings).start()

    def close(self):
        failures = []
        for service in self._services:
            try:
                service.stop()
            except AssertionError as failure:
                failures.append(str(failure))
        for storage in self._storages:
            storage.remove()
        assert not failures, "\n".join(failures)


@pytest.fixture(scope="session")
def backend(pytestconfig):
    """The subclass of Storage that was chosen."""
    return backends.BACKENDS[pytestconfig.option.backend]


@pytest.fixture(scope="session")
def staff_storage(tmp_path_factory, backend):
    """An admin, an attorney and a deactivated attorney, made through API and command line."""
    services = Services(tmp_path_factory.mktemp("staff"), backend)
    service = services(with_staff=False)
    made = service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD})
    assert made.status_code == 200, made.text
    for email in (ATTORNEY, DEACTIVATED):
        made = service.admin.post("/users/", json={"email": email, "password": PASSWORD})
        assert made.status_code == 200, made.text
    deactivate(service.storage, DEACTIVATED)
    service.stop()
    yield service.storage
    services.close()


@pytest.fixture
def start(tmp_path, backend, staff_storage):
    """start(NAME=value, ...): a service of the test's own, with staff."""
    services = Services(tmp_path, backend, staff_storage)
    yield services
    services.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory, backend, staff_storage):
    """A service with staff and without rate limit, shared by the tests of a file."""
    services = Services(tmp_path_factory.mktemp("service"), backend, staff_storage)
    yield services()
    services.close()


@pytest.fixture
def instances(start, tmp_path):
    """instances(3, NAME=value): services of one database, each with a data directory of its own; not started yet."""

    def make(count, with_staff=True, store=None, storage=None, **settings):
        first = start.service(storage=storage or start.storage(with_staff, store), **settings)
        return [first, *(start.service(storage=first.storage.beside(tmp_path / f"instance{number}"), **settings)
                         for number in range(1, count))]

    return make


class Relays:
    """relay(tls=..., login=...) starts an SMTP server; relay.latest is the one that was started last."""

    def __init__(self, directory):
        self._directory = directory
        self._relays = []

    def __call__(self, **options):
        self._relays.append(Relay(self._directory / f"relay{len(self._relays)}", **options))
        return self.latest

    @property
    def latest(self):
        return self._relays[-1]

    def close(self):
        for relay in self._relays:
            relay.stop()


@pytest.fixture
def relay(tmp_path):
    relays = Relays(tmp_path)
    yield relays
    relays.close()


@pytest.fixture
def site(instances, tmp_path):
    """site(NAME=value): three instances on one database, with a bucket for all or a directory for each."""
    sites = []

    def make(store=stores.DirectoryStore, **settings):
        services = instances(3, store=store, TRUSTED_PROXIES="127.0.0.1", PUBLIC_BASE_URL=f"https://{HOST}", **settings)
        directory = tmp_path / "nginx"
        directory.mkdir()
        sites.append(Site(directory, services))
        return sites[-1]

    yield make
    for made in sites:
        made.nginx.stop()

"""GET /leads/events as one client hears it."""

import json

PATH = "/leads/events"


class Stream:
    """Server-sent events, read as they come."""

    def __init__(self, client, timeout=10):
        self.response = client.get(PATH, stream=True, timeout=timeout)
        assert self.response.status_code == 200, self.response.text
        self._lines = self.response.iter_lines(chunk_size=1, decode_unicode=True)
        assert self.block() == ["retry: 3000"]

    def block(self):
        """The lines up to the next empty one; [] at the end of the stream."""
        lines = []
        for line in self._lines:
            if not line:
                break
            lines.append(line)
        return lines

    def event(self):
        name, data = self.block()
        assert name == "event: lead" and data.startswith("data: ")
        return json.loads(data.removeprefix("data: "))

    def close(self):
        self.response.close()

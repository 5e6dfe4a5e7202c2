"""*.ladder files as tests: one item a case, played with `stomp-client run`."""
import json
import subprocess

import pytest

SUFFIXES = ('.ladder', '.ladder.json')
PLAY_LIMIT = 300  # seconds; stomp-client ends by itself long before


class LadderFailed(AssertionError):
    """A case did not hold; the text is the report, with file and line."""


def read(client, file):
    """The cases of a file; ValueError with file:line:column for what is wrong in it."""
    result = subprocess.run([client, 'run', file, '--to-json'], capture_output=True, text=True,
                            timeout=PLAY_LIMIT)
    if result.returncode != 0:
        raise ValueError(result.stderr.strip())
    return json.loads(result.stdout)['cases']


def play(client, url, file, case, timeout):
    """Plays the cases that match against the broker at `url`. Answers why those that were left out
    were; raises LadderFailed."""
    result = subprocess.run(
        [client, url, 'run', file, '--case', case, '--json', '--timeout', str(timeout)],
        capture_output=True, text=True, timeout=PLAY_LIMIT)
    if not result.stdout:
        raise LadderFailed(result.stderr.strip())
    document = json.loads(result.stdout)
    failed = [row['report'] for row in document['rows'] if not row['passed']]
    if failed:
        raise LadderFailed('\n'.join(failed))
    if not document['rows'] and not document['left_out']:
        raise LadderFailed(f'{file}: no case is called {case}')
    return [f'{each["name"]}: {each["why"]}' for each in document['left_out']]


class LadderFile(pytest.File):
    """One file."""

    def collect(self):
        try:
            cases = read(self.config.stomp_programs.binary('stomp-client'), self.path)
        except (ValueError, pytest.UsageError) as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            yield LadderCase.from_parent(self, name=case['name'], case=case)


class LadderCase(pytest.Item):
    """One case of it, against a broker of its profile or the external one."""

    def __init__(self, *, case, **others):
        super().__init__(**others)
        self._case = case

    def runtest(self):
        programs = self.config.stomp_programs
        url = self.config.getoption('--stomp-external')
        if not url:
            broker = programs.broker(self._case['profile'])
            broker.reset()
            self._stomp_broker = broker
            url = broker.url if 'ws' in self._case['on'] else broker.tcp_url
        why = play(programs.binary('stomp-client'), url, self.path, self.name,
                   self.config.getoption('--stomp-timeout'))
        if why:
            pytest.skip(why[0])

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, LadderFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, self._case['line'] - 1, self.name

"""What a strict test fails for: all that happened and that it did not ask for."""
from .client import Closed, NotReceived


def _covers(subscribed, destination):
    """Whether a subscription is to this destination, by name or by ActiveMQ's patterns."""
    pattern, name = subscribed.split('.'), destination.split('.')
    prefix, _, first = pattern[0].rpartition('/')
    own, _, level = name[0].rpartition('/')
    if prefix != own:
        return False
    pattern[0], name[0] = first, level
    if pattern[-1] == '>':
        pattern.pop()
        name = name[:len(pattern)] if len(name) >= len(pattern) else name
    return len(pattern) == len(name) and all(p in ('*', n) for p, n in zip(pattern, name))


def left_in(client, number):
    """Frames that a client of the test got and that the test never took."""
    try:
        client.abort(client.begin())  # what was on its way has come before these receipts
    except (NotReceived, Closed, OSError):
        pass
    texts = {'MESSAGE': 'got what the test never took', 'ERROR': 'got what the test did not expect'}
    return [f'client {number} {texts[frame.command]}: {frame}'
            for frame in client.frames_left() if frame.command in texts]


def unexpected_in(journal, asked, looked):
    """Connections beyond the number `asked` for, and SENDs to what nobody subscribed to and the
    test did not look at."""
    opened = [e for e in journal if e['event'] == 'opened']
    texts = [f'nobody asked for a connection: {e["line"]}' for e in opened[asked:]]
    frames = [e for e in journal if e.get('kind') == 'frame' and e['became'] != 'dropped']

    def of(command):
        return [(dict(reversed(e['headers'])).get('destination', ''), e) for e in frames
                if e['command'] == command]

    wanted = {destination for destination, _ in of('SUBSCRIBE')} | looked
    texts += [f'nobody subscribed to {to!r}: {e["line"]}' for to, e in of('SEND')
              if not ('temp-' in to or ',' in to or any(_covers(each, to) for each in wanted))]
    return texts

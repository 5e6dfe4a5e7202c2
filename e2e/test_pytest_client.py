"""The client of the pytest plugin refuses what the other clients refuse, and takes what they take."""
import sys

import pytest

import processes
from test_guide import run_pytest

sys.path.insert(0, str(processes.ROOT / 'harness/pytest'))
from pumphouse_pytest.frames import Malformed, Reader  # noqa: E402: the path comes first

CONNECTED = b'CONNECTED\nversion:1.2\n\n\0'
REFUSED = {
    'header_without_colon': 'MESSAGE: header line "broken" (expected name:value)',
    'header_empty_name': 'MESSAGE: header line ":broken" (expected name:value)',
    'bad_escape_\\t': 'undefined escape in header line',
    'escape_at_end': 'undefined escape in header line',
    'nul_in_header': 'NUL in line "broken:a"',
    'no_nul': 'the message ended inside the frame',
    'no_blank_line': 'NUL in line',
    'cr_only_eol': 'NUL in line',
    'empty_command': 'command "',
    'lower_case_command': 'command "message" (expected MESSAGE, RECEIPT or ERROR)',
    'unknown_command': 'command "BROKEN" (expected MESSAGE, RECEIPT or ERROR)',
    'leading_bom': 'command "',
    'header_64k': 'is above 10240 octets',
    'headers_10k': 'more than 1000 headers',
    'content_length_short': 'after 0 octets of body (expected NUL)',
    'content_length_long': 'the message ended inside the frame',
    'content_length_negative': 'content-length "-1"',
    'content_length_text': 'content-length "many"',
    'content_length_overflow': 'content-length "18446744073709551617"',
    'frame_over_two_ws_messages': 'the message ended inside the frame',
    'ws_masked_from_server': 'no mask',
    'ws_rsv1': 'no extension',
    'ws_reserved_opcode': 'an opcode that is known',
    'ws_text_mid_fragment': 'out of order',
    'ws_continuation_first': 'out of order',
    'ws_oversize': 'WebSocket frame of 4611686018427387904 octets',
}
TAKEN = ['crlf_mixed', 'repeated_header_first_wins', 'unescaped_colon_1.2', 'beat_crlf',
         'frame_split_every_byte', 'two_frames_one_ws_message', 'ws_fragmented_text',
         'ws_ping_mid_fragment', 'ws_length_not_minimal']
TEST = '''
import pytest
from pumphouse_pytest import Closed

REFUSED = {refused!r}
TAKEN = {taken!r}


def spoiled(stomp_broker, client, kind):
    news = client.subscribe('/queue/foo')
    stomp_broker.fault('corrupt on=MESSAGE kind="' + kind.replace('\\\\', '\\\\\\\\') + '"')
    stomp_broker.publish('/queue/foo', 'x')
    return news


@pytest.mark.parametrize('kind', REFUSED)
def test_refused(stomp_broker, stomp_client, kind):
    news = spoiled(stomp_broker, stomp_client, kind)
    with pytest.raises(Closed) as end:
        news.next()
    assert end.value.code == 1002
    assert REFUSED[kind] in end.value.reason
    assert stomp_client.closed() is end.value


@pytest.mark.parametrize('kind', TAKEN)
def test_taken(stomp_broker, stomp_client, kind):
    assert spoiled(stomp_broker, stomp_client, kind).next().body == 'x'


@pytest.mark.parametrize('kind', ['header_without_colon', 'content_length_text'])
def test_refused_over_tcp(stomp_broker, stomp_client_factory, kind):
    news = spoiled(stomp_broker, stomp_client_factory(stomp_broker.tcp_url), kind)
    with pytest.raises(Closed, match=kind.split('_')[0]):
        news.next()
'''


def test_the_client_judges_each_kind_of_the_catalogue_as_others_do(tmp_path):
    (tmp_path / 'test_it.py').write_text(TEST.format(refused=REFUSED, taken=TAKEN))
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout
    assert f'{len(REFUSED) + len(TAKEN) + 2} passed' in result.stdout


@pytest.mark.parametrize('octets, why', [
    (b'RECEIPT\nx:y\n\n\0', 'RECEIPT without receipt-id'),
    (b'RECEIPT\nreceipt-id:r\n\nbody\0', 'RECEIPT: body'),
    (b'MESSAGE\ncontent-length:1\ncontent-length:2\n\nab\0', 'content-length is 1 and 2'),
    (b'MESSAGE\na:b\rc\n\n\0', 'CR without LF'),
    (b'MESSAGE\na:\xff\n\n\0', 'not UTF-8'),
    (b'CONNECTED\nversion:1.2\n\n\0', 'command "CONNECTED"'),
    (b'MESSAGE\n\n\0\0', 'NUL between frames'),
])
def test_a_reader_says_what_is_wrong(octets, why):
    with pytest.raises(Malformed, match=why):
        list(Reader().feed(CONNECTED + octets))


def test_a_reader_needs_connected_first():
    with pytest.raises(Malformed, match='expected CONNECTED or ERROR'):
        list(Reader().feed(b'MESSAGE\n\n\0'))


def test_a_reader_takes_frames_in_any_pieces():
    reader = Reader()
    octets = CONNECTED + b'\n\r\nMESSAGE\r\na:1\\c2\na:3\n\r\nhi\0MESSAGE\ncontent-length:3\n\na\0b\0'
    frames = [f for i in range(len(octets)) for f in reader.feed(octets[i:i + 1])]
    assert [f.command for f in frames] == ['CONNECTED', 'MESSAGE', 'MESSAGE']
    assert frames[1].headers == {'a': '1:2'}
    assert [f.body for f in frames[1:]] == ['hi', 'a\0b']


def test_version_1_0_has_no_escapes():
    reader = Reader()
    list(reader.feed(b'CONNECTED\n\n\0'))
    assert next(reader.feed(b'MESSAGE\na:\\t\n\n\0')).headers == {'a': '\\t'}

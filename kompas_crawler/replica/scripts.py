"""Pages that need a browser: streams that grow by a script, articles whose text a script puts in."""

from __future__ import annotations

import json
import re
from html import escape

_TEXT = re.compile(
    r'(?P<open><div class="(?:read__content|kcm-read-text)"[^>]*>|<span class=\'kcmread1114\'>'
    r"|<div class='div-read'>)"
    r'(?P<text>.*?)(?=\n<!-- e: |<hr class="orange"/>|<div class="ads-partner-wrap)',
    re.DOTALL,
)
_PAGE = re.compile(r"(?P<open><body[^>]*>)(?P<text>.*)(?=</body>)", re.DOTALL)
_HOLDERS = {"read__content": ".read__content", "kcm-read": ".kcm-read-text", "kcmread": ".kcmread1114"}

SHELLS = ("body", "page")
"""What a shell lacks: the text of the article, or everything between `<body>` and `</body>`."""
STREAMS = ("scroll", "button")
"""What makes a stream grow: its end coming into view, or a button."""

# Both forms ask for …/home/more/2, then 3, and end at an empty result.
_GROW = """
(function () {
    var end = document.getElementById('stream-end'), list = end.previousElementSibling;
    var url = end.getAttribute('data-more'), page = 2, busy = false;
    function more() {
        if (busy || !url) { return; }
        busy = true;
        var asked = new XMLHttpRequest();
        asked.open('GET', url + '/' + page);
        asked.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
        asked.onload = function () {
            var items = asked.status === 200 ? JSON.parse(asked.responseText).result : '';
            list.insertAdjacentHTML('beforeend', items);
            page += 1;
            busy = false;
            if (!items) { url = null; end.remove(); }
        };
        asked.onerror = function () { busy = false; };
        asked.send();
    }
    %s
})();
"""
_WHEN = {
    "scroll": "window.addEventListener('scroll', function () {"
    " if (end.getBoundingClientRect().top < window.innerHeight + 200) { more(); } });",
    "button": "end.addEventListener('click', more);",
}
_ENDS = {
    "scroll": '<div id="stream-end" data-more="{url}"></div>',
    "button": '<button id="stream-end" data-more="{url}" type="button">Muat lebih banyak</button>',
}
_FILL = """<script>
window.addEventListener('load', function () {
    setTimeout(function () { document.querySelector(%s).innerHTML = %s; }, 50);
});
</script>
"""


def stream_end(form: str, url: str) -> str:
    """What stands after the items of a stream that grows; `url` is its address without the number of the page."""
    return f"\n{_ENDS[form].format(url=escape(url))}\n<script>{_GROW % _WHEN[form]}</script>"


def shell_of(html: str, form: str) -> str:
    """An article's page whose text, or all that a reader sees, is put in by a script after it has loaded.

    >>> shell_of('<body class="x"><h1>Kota</h1></body>', "page").startswith('<body class="x"><script>')
    True
    """
    match = (_TEXT if form == "body" else _PAGE).search(html)
    if match is None:
        return html
    where = "body" if form == "page" else _selector(match["open"])
    # `</script>` in the text would end the script.
    text = json.dumps(match["text"]).replace("</", "<\\/").replace("<!--", "<\\!--")
    # What closed the place of the text may have gone with it; one more closing tag is ignored, as on the real pages.
    closed = "" if form == "page" else "</span>" if match["open"].startswith("<span") else "</div>"
    filled = html[: match.start("text")] + closed + html[match.end("text") :]
    return filled.replace("</body>", _FILL % (json.dumps(where), text) + "</body>", 1)


def _selector(opening: str) -> str:
    return next((selector for mark, selector in _HOLDERS.items() if mark in opening), ".div-read")

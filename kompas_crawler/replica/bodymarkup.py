"""The HTML of body blocks, for the pages of 2017 and later and for those of 2015–16.

Follows saved pages closely, faults included: paragraphs around `div`, `</p>` without `<p>`, text outside `<p>`.
"""

from __future__ import annotations

from html import escape

from kompas_crawler.replica.blocks import (
    BacaJuga,
    Block,
    Broken,
    Embed,
    Filler,
    Lead,
    Line,
    Listed,
    Paragraph,
    Photo,
    Span,
    Table,
)

ASSET = "https://asset.kompas.com"


def text_of(text: str) -> str:
    """`text` for element content."""
    return escape(text, quote=False)


def inline(line: Line) -> str:
    """The HTML of one line.

    >>> inline((Span("A & "), Span("b", "em")))
    'A &amp; <em>b</em>'
    """
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    text = text_of(span.text)
    match span.style:
        case "em" | "strong":
            return f"<{span.style}>{text}</{span.style}>"
        case "tag":
            return (
                f"<a target='_self' class='inner-link-tag' href='{escape(span.href or '')}' "
                f"style='color:#428bca;'>{text}</a>"
            )
        case "link":
            return f'<a href="{escape(span.href or "")}" rel="nofollow">{text}</a>'
        case "article_link":
            return f'<a href="{escape(span.href or "")}" class="inner-link-baca-juga" target="_self">{text}</a>'
    return text


def modern(block: Block) -> str:
    """The HTML of a block on a page of 2017 or later."""
    match block:
        case Lead(dash="—", line=line):
            return f"<p><strong>{text_of(block.dateline)} —</strong>&nbsp;{inline(line)}</p>"
        case Lead(dash="–", line=line):
            return f"<p><strong>{text_of(block.dateline)}</strong> &ndash; {inline(line)}</p>"
        case Lead(dash=dash, line=line):
            return f"<p><strong>{text_of(block.dateline)}</strong> {dash} {inline(line)}</p>"
        case Paragraph(line=line, shape="heading"):
            return f"<h2>{inline(line)}</h2>"
        case Paragraph(line=line, shape="bold"):
            return f"<p><strong>{inline(line)}</strong></p>"
        case Paragraph(line=line, shape="loose"):
            return f"{inline(line)}</p>"
        case Paragraph(line=line, shape="quote"):
            return f"<blockquote>\n<p>{inline(line)}</p>\n</blockquote>"
        case Paragraph(line=line):
            return f"<p>{inline(line)}</p>"
        case Broken(first=first, second=second, double=double):
            return f"<p>{inline(first)}{'<br /><br />' if double else '<br />'}{inline(second)}</p>"
    return _other(block)


def classic(block: Block) -> str:
    """The HTML of a block in the flow of `<br /><br />` of 2015–16."""
    match block:
        case Lead(dash="—", line=line):
            return f"<br /><strong>{text_of(block.dateline)} &mdash;</strong>&nbsp;{inline(line)}"
        case Lead(dash=dash, line=line):
            return f"<br /><br /><strong>{text_of(block.dateline)}</strong> {dash} {inline(line)}"
        case Paragraph(line=line, shape="heading" | "bold"):
            return f"<br /><br /><strong>{inline(line)}</strong>"
        case Paragraph(line=line):
            return f"<br /><br />{inline(line)} "
        case Broken(first=first, second=second, double=double):
            return f"<br /><br />{inline(first)}{'<br /><br />' if double else '<br />'}{inline(second)}"
        case BacaJuga(title=title, href=href, look="hollow"):
            return "<br /><br /><strong>Baca juga:</strong>"
        case BacaJuga(title=title, href=href):
            return f'<br /><br /><strong>Baca juga: <a href="{escape(href)}">{text_of(title)}</a></strong>'
        case Filler():
            return ""
    return "<br /><br />" + _other(block)


def _other(block: Block) -> str:
    match block:
        case Listed(lines=lines, numbered=numbered):
            tag = "ol" if numbered else "ul"
            return f"<{tag}>\n" + "".join(f"<li>{inline(line)}</li>\n" for line in lines) + f"</{tag}>"
        case Table(rows=rows):
            return _table(rows)
        case BacaJuga():
            return _baca_juga(block)
        case Photo(caption=caption, credit=credit, src=src):
            return (
                f'<p><div id="{src[-17:-4]}" class="photo" data-photolink="#" style=" max-width: 100% ; width:750px " >'
                f'<img data-width="750px" data-aligment="" src="{ASSET}/crops/x/0x0:740x493/750x500/{src}" '
                f'alt="{escape(caption)}" /><span class="pb_10 author">{text_of(credit)}</span> '
                f"{text_of(caption)}</div></p>"
            )
        case Embed():
            return _embed(block)
        case Filler(kind="ad"):
            return '<span class="ads-on-body"><!-- (ads.paragraph.4) --></span>'
        case Filler(kind="strong"):
            return "<p><strong></strong></p>"
        case Filler(kind="survey"):
            return '<iframe class="darkMsg" src="https://widget.kompas.com/survey/39" width="100%"></iframe>'
    return "<p>&nbsp;</p>"


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    head, *rest = rows
    lines = ["".join(f"<td><strong>{text_of(cell)} </strong></td>\n" for cell in head)]
    lines += ["".join(f"<td>{text_of(cell)}</td>\n" for cell in row) for row in rest]
    body = "".join(f"<tr>\n{line}</tr>\n" for line in lines)
    return f'<table style="width: 100%;" border="1" cellspacing="0">\n<tbody>\n{body}</tbody>\n</table>'


def _baca_juga(block: BacaJuga) -> str:
    kind = "" if block.look == "classless" else ' class="inner-link-baca-juga" target="_self"'
    link = f'<a href="{escape(block.href)}"{kind}>{text_of(block.title)}</a>'
    match block.look:
        case "nested":
            return f"<p><strong>Baca juga: <strong>{link}</strong></strong></p>"
        case "second_strong":
            return f"<p><strong>Baca juga: </strong><strong>{link}</strong></p>"
        case "hollow":
            return "<p><strong>Baca juga:</strong></p>"
        case "english":
            return f"<p><strong>Read also: {link}</strong></p>"
        case "boxed":
            return (
                f'<div class="inject-baca-juga -v2"><p class="inject-baca-juga-title">Baca juga</p>'
                f'<a href="{escape(block.href)}">{text_of(block.title)}</a></div>'
            )
    return f"<p><strong>Baca juga: {link}</strong></p>"


def _embed(block: Embed) -> str:
    handle = block.name.replace(" ", "").lower()
    match block.kind:
        case "tweet":
            return (
                f'<blockquote class="twitter-tweet">\n<p lang="in" dir="ltr">{text_of(block.text)} '
                f'<a href="https://t.co/abc">pic.twitter.com/abc</a></p>\n&mdash; {text_of(block.name)} (@{handle}) '
                f'<a href="https://twitter.com/{handle}/status/1">October 16, 2020</a></blockquote>'
            )
        case "instagram":
            return (
                '<blockquote class="instagram-media" style="background: #FFF; border: 0; margin: 1px;" '
                'data-instgrm-version="12"><div style="padding: 16px;"><a href="https://www.instagram.com/p/abc/">'
                f'<div style="color: #3897f0;">Lihat postingan ini di Instagram</div></a><p>{text_of(block.text)}</p>'
                f"<p>Sebuah kiriman dibagikan oleh {text_of(block.name)} (@{handle})</p></div></blockquote>"
            )
    return (
        '<div id="e0bee4f2b6f9c11f" class="video"><iframe src="https://www.youtube.com/embed/abc" frameborder="0" '
        'width="100%" allowfullscreen="true" height="301px" data-youtube="abc"></iframe></div>'
    )

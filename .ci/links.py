"""Checks the links of a folder of HTML pages: files and anchors must be there. Links to other hosts are not followed."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors = set()
        self.links = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value and tag != "base":
                self.links.append(value)


def main(folder):
    folder = Path(folder).resolve()
    # One page that has all others in it, and the page of what is not found, which may stand anywhere.
    paths = [path for path in folder.rglob("*.html") if path.name not in ("print.html", "404.html")]
    pages = {path: Page(path) for path in paths}
    broken, seen = [], 0
    for path, page in sorted(pages.items()):
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            seen += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or not target.is_relative_to(folder):
                if target.name not in ("print.html", "404.html"):
                    broken.append(f"{path.relative_to(folder)}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                broken.append(f"{path.relative_to(folder)}: {link} has no such anchor")
    for line in broken:
        print(line, file=sys.stderr)
    print(f"{seen} links in {len(pages)} pages, {len(broken)} of them broken")
    return 1 if broken or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Tests the server's pages in Chromium: `pages.py TEST URL` runs one of the functions below against a server."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import expect, sync_playwright

# Machines are loaded: nothing is judged by its speed.
PATIENCE = 60_000


class Site:
    """The server's pages, in one browser."""

    def __init__(self, browser, base):
        self.browser = browser
        self.base = base
        self.problems = []
        self.refusals = []

    def refuses(self, *words):
        """Says that the browser may report problems with these words. When it does, is the browser's affair."""
        self.refusals += words

    def unexpected(self):
        return [it for it in self.problems if not any(words in it for words in self.refusals)]

    def tab(self, path="/", **options):
        context = self.browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", lambda it: it.type == "error" and self.problems.append(it.text))
        page.on("pageerror", lambda it: self.problems.append(str(it)))
        page.on("dialog", lambda it: (self.problems.append(it.message), it.dismiss()))
        page.goto(self.base + path)
        return page

    def start(self, function, payload, name=None):
        """Starts an execution by the API, and returns its ARN."""
        headers = {"x-amz-invocation-type": "Event"}
        if name:
            headers["x-amz-durable-execution-name"] = name
        path = f"/2015-03-31/functions/{function}/invocations?Qualifier=%24LATEST"
        body = json.dumps(payload).encode()
        request = urllib.request.Request(self.base + path, body, headers, method="POST")
        with urllib.request.urlopen(request) as answer:
            return answer.headers["x-amz-durable-execution-arn"]

    def get(self, path):
        with urllib.request.urlopen(self.base + path) as answer:
            return json.load(answer)

    def execution(self, arn):
        return self.get("/2025-12-01/durable-executions/" + urllib.parse.quote(arn, safe=""))


@contextmanager
def site(base):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox"]
        )
        site = Site(browser, base)
        yield site
        browser.close()
        assert not site.unexpected(), site.unexpected()


def page_of(arn):
    return "/execution?arn=" + urllib.parse.quote(arn, safe="")


def status(page, text):
    expect(page.locator("h1 .status")).to_contain_text(text, timeout=PATIENCE)


def skip_delays(page, number):
    """Skips so many delays of retries. Each has a button of its own, which stays for a moment when it is over."""
    button = page.get_by_role("button", name="Skip to its end")
    end = page.locator("form", has=button).locator("input[name=until]")
    last = ""
    for _ in range(number):
        expect(end).not_to_have_value(last, timeout=PATIENCE)
        last = end.input_value()
        button.click()


def starts_and_answers(site):
    page = site.tab()
    expect(page.locator("#example")).to_contain_text("durable invoke")
    page.get_by_role("link", name="here").click()
    page.get_by_label("Function").select_option("Approval")
    page.get_by_label("Name of the execution").fill("first")
    page.get_by_label("Input (JSON)").fill('{"amount": 3}')
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_contain_text("first")
    # The callback shows by itself, and so does the end.
    result = page.get_by_label("Result (JSON)")
    result.fill('{"by": "anna"}')
    page.get_by_role("button", name="Succeed").click()
    status(page, "succeeded")
    expect(page.locator("section.payloads")).to_contain_text('by: "anna"')
    # The same again, with the input of before.
    page.get_by_role("link", name="Run again").click()
    assert json.loads(page.get_by_label("Input (JSON)").input_value()) == {"amount": 3}


def fails_callbacks(site):
    page = site.tab(page_of(site.start("Approval", {})))
    page.locator(".answers summary").click()
    page.locator(".answers").get_by_label("Message").fill("too expensive")
    page.get_by_role("button", name="Fail", exact=True).click()
    status(page, "failed")
    expect(page.locator("section.payloads")).to_contain_text("too expensive")


def refuses_what_is_not_json(site):
    site.refuses("status of 400")
    page = site.tab(page_of(site.start("Approval", {})), java_script_enabled=False)
    page.reload()
    while page.get_by_label("Result (JSON)").count() == 0:
        page.reload()
    page.get_by_label("Result (JSON)").fill("granted")
    page.get_by_role("button", name="Succeed").click()
    expect(page.get_by_role("alert")).to_contain_text("The result is not JSON")
    page.get_by_role("link", name="Back").click()
    page.get_by_label("Result (JSON)").fill('"granted"')
    page.get_by_role("button", name="Succeed").click()
    while "succeeded" not in page.locator("h1 .status").inner_text():
        page.reload()


def draws_the_waterfall(site):
    page = site.tab(page_of(site.start("Saga", {"item": "lamp"})))
    expect(page.locator("a.op", has_text="charge")).to_be_visible(timeout=PATIENCE)
    skip_delays(page, 2)
    status(page, "failed")
    rows = page.locator(".picture .rows .row")
    expect(rows).to_have_count(3)
    charge = rows.nth(1)
    expect(charge.locator("path.dt-end.bad")).to_have_count(3)
    expect(charge).to_contain_text("3 attempts")
    page.locator("summary", has_text="Invocations").click()
    expect(page.locator(".invocations > li").nth(1)).to_contain_text("replays 2 operations")
    charge.get_by_role("link").click()
    details = page.locator("#details")
    expect(details).to_contain_text("attempt 3 ended")
    expect(details).to_contain_text("the card was declined")
    assert "&op=" in page.url
    expect(page.locator(".head text.dt-gap").first).to_be_visible()
    before = page.locator(".chart").first.bounding_box()["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator(".chart").first.bounding_box()["width"] > before * 1.5


def moves_time(site):
    site.refuses("status of 400")
    page = site.tab(page_of(site.start("OrderWorkflow", {"item": "book"})))
    waits = page.locator("#main section.waits")
    expect(waits).to_contain_text("cool-off", timeout=PATIENCE)
    waits.get_by_label("Duration").fill("2h")
    waits.get_by_role("button", name="Ahead by this").click()
    expect(waits).to_contain_text("21h")
    waits.get_by_label("Duration").fill("soon")
    waits.get_by_role("button", name="Ahead by this").click()
    expect(page.get_by_role("alert")).to_contain_text('"soon" is no duration')
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="To what is due next").click()
    status(page, "succeeded")


def holds_time(site):
    arn = site.start("OrderWorkflow", {"item": "book"})
    page = site.tab(page_of(arn))
    waits = page.locator("#main section.waits")
    expect(waits).to_contain_text("cool-off", timeout=PATIENCE)
    expect(page.locator("form.clock")).to_contain_text("time waits for you")
    assert site.execution(arn)["Status"] == "RUNNING"
    page.get_by_role("button", name="Let time run").click()
    status(page, "succeeded")
    page.get_by_role("button", name="Hold time").click()
    expect(page.locator("form.clock")).to_contain_text("time waits for you")


def stops_pauses_and_deletes(site):
    arn = site.start("Approval", {}, "doomed")
    page = site.tab(page_of(arn))
    expect(page.locator("#main section.waits")).to_contain_text("approval", timeout=PATIENCE)
    page.locator("summary", has_text="Pause").click()
    page.get_by_label("Reason").fill("lunch")
    page.get_by_role("button", name="Pause").click()
    status(page, "paused")
    page.get_by_role("button", name="Resume").first.click()
    status(page, "running")
    page.locator("summary", has_text="Stop").click()
    page.locator("#menu-stop").get_by_label("Error type").fill("Cancelled")
    page.locator("#menu-stop").get_by_label("Message").fill("changed my mind")
    page.get_by_role("button", name="Stop").click()
    status(page, "stopped")
    assert site.execution(arn)["Error"] == {
        "ErrorType": "Cancelled",
        "ErrorMessage": "changed my mind",
    }
    other = site.tab(page_of(arn))
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#example")).to_be_visible()
    # Another tab says it, without an error in its console; asked for anew, the page is not found.
    expect(other.locator("#main")).to_contain_text("may have been deleted", timeout=PATIENCE)
    try:
        urllib.request.urlopen(site.base + page_of(arn))
        raise AssertionError("a deleted execution has a page")
    except urllib.error.HTTPError as missing:
        assert missing.code == 404, missing


def injects_faults(site):
    flag = os.path.join(os.environ["SCRATCH"], "until")
    arn = site.start("Lingers", {"until": flag})
    page = site.tab(page_of(arn))
    expect(page.locator("#main section.waits")).to_contain_text("invocation 1", timeout=PATIENCE)
    expect(page.locator("a.op", has_text="linger")).to_be_visible(timeout=PATIENCE)
    page.locator("summary", has_text="Faults").click()
    page.get_by_role("button", name="Kill this invocation now").click()
    expect(page.locator("#main section.waits")).to_contain_text("invocation 2", timeout=PATIENCE)
    page.locator("summary", has_text="Invocations").click()
    invocations = page.locator(".invocations")
    expect(invocations).to_contain_text("signal: killed")
    invocations.locator("details.log summary").first.click()
    expect(invocations.locator("details.log pre").first).to_contain_text("platform.start")
    page.locator("summary", has_text="Faults").click()
    page.get_by_role("button", name="Lose the next checkpoint").click()
    page.locator("summary", has_text="Faults").click()
    expect(page.locator(".actions")).to_contain_text("next checkpoint will be lost")
    with open(flag, "w"):
        pass
    status(page, "succeeded")


def filters_in_the_address(site):
    for name in ["alpha-1", "alpha-2", "beta-1"]:
        site.start("Fails" if name == "alpha-2" else "Approval", {}, name)
    page = site.tab()
    expect(page.locator("table.executions tbody tr")).to_have_count(3)
    page.get_by_label("Name starts with").fill("alpha")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("table.executions tbody tr")).to_have_count(2)
    assert "name=alpha" in page.url
    # A filter acts once the page's script has run, which comes after what is seen.
    page.wait_for_load_state()
    page.get_by_label("Status").select_option("FAILED")
    expect(page.locator("table.executions tbody tr")).to_have_count(1, timeout=PATIENCE)
    other = site.tab(page.url.removeprefix(site.base))
    expect(other.locator("a.main")).to_have_text(["alpha-2"])
    expect(other.get_by_label("Name starts with")).to_have_value("alpha")
    other.get_by_role("link", name="Clear").click()
    expect(other.locator("table.executions tbody tr")).to_have_count(3)


def pages_through_the_list(site):
    for number in range(60):
        site.start("Fails", {}, f"run-{number}")
    page = site.tab()
    expect(page.locator("table.executions tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator("table.executions tbody tr")).to_have_count(10)
    expect(page.locator("a.main").last).to_have_text("run-0")


def two_tabs_are_live(site):
    list_tab = site.tab()
    arn = site.start("Approval", {}, "watched")
    row = list_tab.locator("table.executions tbody tr")
    expect(row).to_contain_text("callback approval", timeout=PATIENCE)
    page = site.tab(page_of(arn))
    third = site.tab(page_of(arn))
    # What is being written stays, although the page renews itself.
    expect(page.get_by_label("Result (JSON)")).to_be_visible(timeout=PATIENCE)
    third.get_by_label("Result (JSON)").fill('{"draft": 1}')
    page.locator("summary", has_text="Faults").click()
    page.get_by_role("button", name="Lose the next checkpoint").click()
    expect(third.locator(".actions")).to_contain_text("will be lost", timeout=PATIENCE)
    expect(third.get_by_label("Result (JSON)")).to_have_value('{"draft": 1}')
    # The focus does not get lost with what had it, and the end is said.
    third.get_by_role("button", name="Succeed").focus()
    page.get_by_role("button", name="Succeed").click()
    status(third, "succeeded")
    expect(third.locator("#main")).to_be_focused()
    expect(third.locator("#said")).to_have_text("Status: succeeded")
    expect(third).to_have_title(re.compile("watched: succeeded"))
    expect(row).to_contain_text("succeeded", timeout=PATIENCE)


class Foreign(BaseHTTPRequestHandler):
    """A page of another origin, which tries what it can."""

    base = ""

    def do_GET(self):
        body = f"""<!doctype html><form id=f method=post action="{self.base}/do/start">
            <input name=function value=Approval><input name=input value="{{}}"></form>
            <iframe src="{self.base}/"></iframe>""".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def foreign_pages_are_refused(site):
    site.refuses("violates the following Content Security Policy directive", "blocked by CORS policy")
    site.refuses("status of 403", "net::ERR_FAILED")
    Foreign.base = site.base
    server = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = site.tab("/start")
    token = own.locator("input[name=token]").first.get_attribute("value")
    foreign = f"http://127.0.0.1:{server.server_port}/"
    page = site.tab()
    page.goto(foreign)
    # Neither the page nor its secret can be read, and no call reaches the API.
    for path, method in [
        ("/", "GET"),
        ("/start", "GET"),
        ("/live", "GET"),
        ("/do/start", "POST"),
        ("/2015-03-31/functions/Approval/invocations?Qualifier=%24LATEST", "POST"),
    ]:
        read = page.evaluate(
            """([url, method]) => fetch(url, {method, body: method === 'POST' ? '{}' : undefined})
                .then(it => it.text()).catch(() => null)""",
            [site.base + path, method],
        )
        assert read is None, (path, read)
    # A form of it is refused, even one that knows the secret.
    for secret in [None, token]:
        page.goto(foreign)
        page.evaluate(
            """(token) => {
                const form = document.getElementById('f');
                if (token) {
                    const field = document.createElement('input');
                    field.name = 'token'; field.value = token; form.append(field);
                }
            }""",
            secret,
        )
        page.locator("#f").evaluate("form => form.submit()")
        expect(page.locator("h1")).to_have_text("Refused")
    # The page of another name of this machine is another origin, too.
    other = site.base.replace("127.0.0.1", "localhost")
    page.goto(other + "/start")
    blocked = page.evaluate(
        """(base) => new Promise((resolve) => {
            document.addEventListener('securitypolicyviolation', (it) => resolve(it.effectiveDirective));
            const form = document.querySelector('form.start');
            form.action = base + '/do/start';
            form.submit();
        })""",
        site.base,
    )
    assert blocked == "form-action", blocked
    assert site.get("/2025-12-01/functions/Approval/durable-executions")["DurableExecutions"] == []
    # No page shows this one in a frame.
    page.goto(foreign)
    frame = page.frames[1]
    assert "Executions" not in (frame.content() if frame.url.startswith("http") else "")


def works_by_keyboard(site):
    arn = site.start("OrderWorkflow", {"item": "book"}, "typed")
    page = site.tab()
    expect(page.locator("a.main")).to_have_text(["typed"])
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("a.main")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("a.op")).to_have_count(2, timeout=PATIENCE)
    page.wait_for_load_state()  # the script listens from then on
    for row in range(2):
        page.keyboard.press("j")
        expect(page.locator("a.op").nth(row)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#details h3").first).to_have_text("cool-off")
    button = page.get_by_role("button", name="Skip to its end")
    for _ in range(60):
        if button.evaluate("it => it === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    # Reading goes on at the content, not at the start of the page.
    expect(page.locator("#main")).to_be_focused()
    status(page, "succeeded")
    assert site.execution(arn)["Status"] == "SUCCEEDED"


def nothing_is_markup(site):
    bad = "<img src=x onerror=alert(1)></pre></textarea></script><script>alert(2)</script>\u202e"
    arn = site.start("Echo", {"fail": bad, bad: [bad]})
    page = site.tab(page_of(arn))
    status(page, "failed")
    for path in ["&order=newest&events=all", "&op=" + urllib.parse.quote(bad)]:
        page.goto(site.base + page_of(arn) + path)
    for path in [
        "/?name=" + urllib.parse.quote(bad) + "&function=" + urllib.parse.quote(bad),
        "/start?like=" + urllib.parse.quote(arn, safe=""),
        "/functions",
    ]:
        page.goto(site.base + path)
        assert page.locator("img").count() == 0
        assert page.locator("body script").count() == 0


def opens_a_saved_history(site):
    arn = site.start("Fails", {})
    page = site.tab(page_of(arn))
    status(page, "failed")
    with page.expect_download() as download:
        page.get_by_role("link", name="History (JSON)").click()
    saved = download.value.path()
    page.get_by_role("link", name="Saved history").click()
    page.get_by_label("File").set_input_files(saved)
    expect(page.locator("#history")).not_to_have_value("")
    page.get_by_role("button", name="Open").click()
    status(page, "failed")
    expect(page.locator("body")).to_contain_text("A saved history")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def aws_cli(command):
    """Runs a command of the AWS CLI, without credentials, as on a machine that has none."""
    tools = os.path.dirname(sys.executable)
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": os.environ["SCRATCH"]}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def copies_are_whole(site):
    """What a person copies does what it says."""
    item = "it's \"$(hostname)\" \\ ü"
    arn = site.start("OrderWorkflow", {"item": item}, "Order-1")
    page = site.tab(page_of(arn))
    status(page, "succeeded")
    page.locator("summary", has_text="As a replay test").click()
    test = page.locator("#replay-test").inner_text()
    assert test.splitlines() == [
        "// Save the history as tests/histories/Order-1.json first.",
        '#[durable_test(handler = order_workflow, replay = "tests/histories/Order-1.json")]',
        "async fn order_workflow_order_1_can_be_replayed() {}",
    ], test
    page.locator("summary", has_text="As an AWS CLI command").click()
    started = json.loads(aws_cli(page.locator("#aws-command").inner_text()))
    again = started["DurableExecutionArn"]
    assert again != arn
    assert json.loads(site.execution(again)["InputPayload"]) == {"item": item}
    # The history as the AWS CLI prints it can be opened.
    history = aws_cli(
        "aws lambda get-durable-execution-history --include-execution-data --no-sign-request --region us-west-2"
        f" --endpoint-url {site.base} --durable-execution-arn '{arn}'"
    )
    saved = os.path.join(os.environ["SCRATCH"], "aws.json")
    with open(saved, "w") as file:
        file.write(history)
    page.goto(site.base + "/open")
    page.get_by_label("File").set_input_files(saved)
    expect(page.locator("#history")).not_to_have_value("")
    page.get_by_role("button", name="Open").click()
    status(page, "succeeded")
    expect(page.get_by_role("region", name="Operations over time")).to_contain_text("cool-off")


def works_without_script(site):
    """Everything can be read, filtered and done without script, and the back button goes back."""
    page = site.tab(java_script_enabled=False)
    page.get_by_role("link", name="here").click()
    page.get_by_label("Function").select_option("OrderWorkflow")
    page.get_by_label("Name of the execution").fill("plain-html")
    page.get_by_role("button", name="Start").click()
    while page.locator("a.op").count() < 2:
        page.reload()
    page.locator("a.op", has_text="cool-off").click()
    expect(page.locator("#details h3").first).to_have_text("cool-off")
    page.go_back()
    expect(page.locator("#details h3")).to_have_count(0)
    page.locator("#waits-itself, .waits li").first.get_by_role("button", name="Skip to its end").click()
    while "succeeded" not in page.locator("h1 .status").inner_text():
        page.reload()
    page.goto(site.base + "/")
    page.get_by_label("Status").select_option("FAILED")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#list")).to_contain_text("No execution matches")
    page.go_back()
    expect(page.locator("a.main")).to_have_text(["plain-html"])


def odd_addresses_are_answered(site):
    """What a person may have changed in an address never breaks a page."""
    site.refuses("status of 400", "status of 404")
    arn = site.start("Approval", {}, "odd")
    page = site.tab()
    for query in [
        "status=nonsense", "status=", "page=-1", "page=99999999999999999999999", "page=x", "since=9y",
        "after=yesterday&before=", "after=9999-99-99T99:99", "name=%00%ff%fe", "name=" + "a" * 3_000,
        "function=none", "&&==&=", "status=RUNNING&status=FAILED",
    ]:
        answer = page.goto(f"{site.base}/?{query}")
        assert answer.status == 200, (query, answer.status)
        expect(page.locator("h1")).to_have_text("Executions")
    for query in ["&op=none", "&op=", "&rows=odd", "&events=-1&order=odd&kind=none"]:
        answer = page.goto(site.base + page_of(arn) + query)
        assert answer.status == 200, (query, answer.status)
    for path in ["/execution", "/execution?arn=", "/execution?arn=%ff", "/nothing", "/execution/x"]:
        assert page.goto(site.base + path).status in (400, 404), path


def checks_replays(site):
    """The button on the page of functions replays the executions on the present program."""
    page = site.tab(page_of(site.start("OrderWorkflow", {"item": "book"}, "fits")))
    expect(page.locator("#main section.waits")).to_contain_text("cool-off", timeout=PATIENCE)
    page.get_by_role("link", name="Functions").click()
    card = page.get_by_role("region", name="OrderWorkflow")
    card.locator("summary", has_text="What it wrote last").click()
    expect(card.locator("details.log pre").first).to_contain_text("reserving book")
    card.get_by_role("button", name="Check replays").click()
    expect(page.locator("h1")).to_contain_text("OrderWorkflow")
    row = page.locator("table.replays tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("goes on")
    row.get_by_role("link", name="fits").click()
    status(page, "running")


def links_callers_and_children(site):
    arn = site.start("Caller", {"target": "Approval:$LATEST"})
    page = site.tab(page_of(arn))
    expect(page.locator("a.op")).to_have_text(["call"], timeout=PATIENCE)
    page.locator("a.op").click()
    details = page.locator("#details")
    expect(details.locator(".row a.op")).to_have_text(["approval"], timeout=PATIENCE)
    page.get_by_role("link", name="open ↗").click()
    expect(page.locator("p.facts")).to_contain_text("invoked by")
    page.get_by_role("button", name="Succeed").click()
    status(page, "succeeded")
    page.get_by_role("link", name="Caller ↗").click()
    status(page, "succeeded")


def accessible(page):
    """The nodes of the accessibility tree, as a screen reader gets them."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", "").strip(),
            **{it["name"]: it["value"].get("value") for it in node.get("properties", [])},
        }
        for node in nodes
        if not node["ignored"]
    ]


def reads_well(page):
    """Fails if a control has no name, a heading is at the wrong level, or a landmark is missing."""
    nodes = accessible(page)
    controls = [it for it in nodes if it.get("focusable") and it["role"] not in ("RootWebArea", "main")]
    assert len(controls) > 5, nodes
    nameless = [it for it in controls if not it["name"]]
    assert not nameless, (page.url, nameless)
    last = 0
    for heading in page.locator("h1, h2, h3, h4, h5, h6").all():
        level = int(heading.evaluate("it => it.tagName[1]"))
        assert level <= last + 1, (page.url, heading.inner_text())
        last = level
    roles = [it["role"] for it in nodes]
    for landmark in ["banner", "main", "navigation"]:
        assert roles.count(landmark) == 1, (page.url, landmark, roles.count(landmark))
    assert sum(it["role"] == "heading" and it["level"] == 1 for it in nodes) == 1, page.url
    # The regions that renew themselves are silent: one place alone says what matters.
    assert roles.count("status") == 1, page.url
    twice = page.evaluate(
        """() => { const ids = [...document.querySelectorAll('[id]')].map(it => it.id);
            return ids.filter((id, at) => ids.indexOf(id) !== at); }"""
    )
    assert not twice, (page.url, twice)
    return nodes


# Texts that stand out too little from what is behind them, by the formula of WCAG 2.
FAINT = """() => {
    const pixel = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
        .getContext('2d', { willReadFrequently: true });
    const rgba = (color) => {
        pixel.clearRect(0, 0, 1, 1);
        pixel.fillStyle = color;
        pixel.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], below) =>
        [r, g, b].map((it, at) => it * a + below[at] * (1 - a));
    const light = (color) => {
        const [r, g, b] = color.map((it) => it / 255)
            .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one, other) => {
        const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    };
    const faint = [];
    for (const element of document.querySelectorAll('body *')) {
        const texts = [...element.childNodes].filter((it) => it.nodeType === 3 && it.data.trim());
        const box = element.getBoundingClientRect();
        if (!texts.length || box.width < 2 || !element.checkVisibility() || element.closest('.skip')) continue;
        const style = getComputedStyle(element);
        const backgrounds = [];
        let opacity = 1;
        for (let it = element; it; it = it.parentElement) {
            backgrounds.unshift(rgba(getComputedStyle(it).backgroundColor));
            opacity *= getComputedStyle(it).opacity;
        }
        let behind = [255, 255, 255];
        for (const background of backgrounds) behind = over(background, behind);
        const color = rgba(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
        color[3] *= opacity;
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        const behinds = [behind];
        // In a narrow window the names stand on the stripes of the invocations.
        for (const stripe of element.closest('.chart')?.querySelectorAll('.dt-inv') ?? []) {
            behinds.push(rgba(getComputedStyle(stripe).fill).slice(0, 3));
        }
        for (const it of behinds) {
            const found = contrast(over(color, it), it);
            if (found < least) faint.push(`${element.tagName}.${element.className}: ${texts[0].data}: ${found}`);
        }
    }
    return faint;
}"""


def pages_to_look_at(site):
    """Opens each kind of page, one after the other, each with much on it."""
    site.refuses("status of 400")
    saga = site.start("Saga", {"item": "lamp"}, "saga")
    approval = site.start("Approval", {"amount": 3}, "approval")
    caller = site.start("Caller", {"target": "Approval:$LATEST"}, "caller")
    page = site.tab(page_of(saga))
    # The charge has three attempts.
    skip_delays(page, 2)
    status(page, "failed")
    page.locator("a.op", has_text="charge").click()
    expect(page.locator("#details")).to_contain_text("attempt 3 ended")
    page.goto(page.url + "&order=newest")
    yield page
    page.goto(site.base + page_of(approval))
    expect(page.get_by_label("Result (JSON)")).to_be_visible(timeout=PATIENCE)
    for summary in page.locator("summary").all():
        summary.evaluate("it => { it.parentElement.open = true; }")
    yield page
    page.goto(site.base + page_of(caller))
    page.locator("a.op").click()
    expect(page.locator("#details .row a.op")).to_have_text(["approval"], timeout=PATIENCE)
    yield page
    for path in ["/", "/?name=none", "/functions", "/start?like=" + urllib.parse.quote(saga, safe=""), "/open"]:
        page.goto(site.base + path)
        yield page
    with urllib.request.urlopen(site.base + "/execution/history.json?arn=" + urllib.parse.quote(saga, safe="")) as it:
        page.locator("#history").fill(it.read().decode())
    page.get_by_role("button", name="Open").click()
    status(page, "failed")
    yield page
    page.goto(site.base + "/functions")
    page.get_by_role("region", name="Saga").get_by_role("button", name="Check replays").click()
    expect(page.locator("table.replays tbody tr")).to_have_count(1, timeout=PATIENCE)
    yield page
    page.goto(site.base + "/execution?arn=none")
    yield page


def tells_screen_readers(site):
    seen = [(page.url, reads_well(page)) for page in pages_to_look_at(site)]
    _, failed = seen[0]
    names = [it["name"] for it in failed if it["role"] == "columnheader"]
    assert names == ["#", "Time", "After", "Event", "Operation", "Details"], names
    page = site.tab(urllib.parse.urlsplit(seen[0][0])._replace(scheme="", netloc="").geturl())
    # The chart is a list: what the picture shows is said in words.
    rows = page.get_by_role("list").filter(has=page.locator("a.op")).first.get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("failed, from +0s to +30s")
    expect(rows.nth(1)).to_contain_text("3 attempts")


def stands_out(site):
    """Each text has enough contrast, light and dark, and no page is wider than a narrow window."""
    for page in pages_to_look_at(site):
        for width in [420, 1280]:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ["light", "dark"]:
                page.emulate_media(color_scheme=scheme)
                faint = page.evaluate(FAINT)
                assert not faint, (page.url, width, scheme, faint)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (page.url, width, wide)


class Large(BaseHTTPRequestHandler):
    """A function of 3,000 operations, the most that there are. Another program runs it: this one."""

    base = ""

    def checkpoint(self, event, token, updates):
        arn = urllib.parse.quote(event["DurableExecutionArn"], safe="")
        body = json.dumps({"CheckpointToken": token, "Updates": updates}).encode()
        path = f"/2025-12-01/durable-executions/{arn}/checkpoint"
        with urllib.request.urlopen(urllib.request.Request(self.base + path, body)) as answer:
            return json.load(answer)["CheckpointToken"]

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"Status": "SUCCEEDED", "Result": "1"}
        if len(event["InitialExecutionState"]["Operations"]) == 1:
            token = event["CheckpointToken"]
            for first in range(0, 2_999, 200):
                last = min(first + 200, 2_999)
                steps = [self.step(number) for number in range(first, last)]
                token = self.checkpoint(event, token, steps)
            callback = {"Id": "done", "Type": "CALLBACK", "Action": "START", "Name": "done"}
            callback |= {"SubType": "Callback", "CallbackOptions": {"TimeoutSeconds": 3_600}}
            self.checkpoint(event, token, [callback])
            answer = {"Status": "PENDING"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def step(number):
        name = {"Id": f"step-{number}", "Name": f"step-{number}", "SubType": "Step"}
        return name | {"Type": "STEP", "Action": "SUCCEED", "Payload": "1"}

    def log_message(self, *_):
        pass


def large_executions_stay_usable(site):
    batch = site.start("Batch", {"items": 200})
    function = ThreadingHTTPServer(("127.0.0.1", 0), Large)
    threading.Thread(target=function.serve_forever, daemon=True).start()
    Large.base = site.base
    moved = {"EndpointUrl": f"http://127.0.0.1:{function.server_port}"}
    request = urllib.request.Request(
        site.base + "/lambda-endpoint", json.dumps(moved).encode(), method="PUT"
    )
    urllib.request.urlopen(request).close()
    arn = site.start("Large", {})
    page = site.tab(page_of(arn))
    expect(page.locator("#main section.waits")).to_contain_text("done", timeout=PATIENCE)
    began = time.monotonic()
    page.goto(site.base + page_of(arn))
    paint = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    )
    loaded = time.monotonic() - began
    print(f"3,000 operations: loaded in {loaded:.2f} s, first paint after {paint:.0f} ms")
    folded = page.locator("details.fold > summary").first
    expect(folded).to_contain_text("more steps")
    folded.click()
    expect(page.locator("details.fold li").first).to_be_visible()
    began = time.monotonic()
    page.get_by_role("button", name="Succeed").click()
    status(page, "succeeded")
    print(f"live after {time.monotonic() - began:.2f} s")
    page.goto(site.base + page_of(arn) + "&rows=all")
    expect(page.locator("a.op")).to_have_count(3_000, timeout=PATIENCE)
    page.goto(site.base + page_of(batch))
    status(page, "succeeded")
    expect(page.locator("details.fold > summary").first).to_contain_text("more contexts")


if __name__ == "__main__":
    name, base = sys.argv[1:]
    with site(base) as opened:
        globals()[name](opened)

"""What people do on a page: fill a form in, follow a link, open a paper, save a file."""

from __future__ import annotations

FILE, CHOICE = "file", "select-one"


def form_of(page, action):
    """Return the form of an action on the page; there may be none."""
    return page.locator(f'form[action="/actions/{action}"]')


def submit(page, action, /, *, code=None, **fields):
    """Fill an action's form in and send it; the page is then what the console answered."""
    form = form_of(page, action)
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"]')
        kind = field.evaluate("field => field.type")
        if kind == FILE:
            file_name, content = value
            field.set_input_files({"name": file_name, "mimeType": "text/csv", "buffer": content})
        elif kind == CHOICE:
            field.select_option(value)
        else:
            field.fill(value)
    if code is not None:
        form.locator('[name="code"]').fill(code)
    with page.expect_navigation():
        form.locator("button").click()


def submit_outside(page, action, /, **fields):
    """Send an action that the page does not offer, as somebody may who writes his own form.

    Returns the status of the answer, and leaves the page on it.
    """
    with page.expect_navigation() as answered:
        page.evaluate(
            """([action, fields]) => {
                const form = document.createElement("form");
                form.method = "post";
                form.action = "/actions/" + action;
                const token = document.querySelector("input[name=csrf_token]").value;
                for (const [name, value] of Object.entries({csrf_token: token, ...fields})) {
                    const field = document.createElement("input");
                    field.name = name;
                    field.value = value;
                    form.append(field);
                }
                document.body.append(form);
                form.submit();
            }""",
            [action, {name: str(value) for name, value in fields.items()}],
        )
    return answered.value.status


def follow(page, text, *, within="main"):
    """Click on a link by what it says, and wait until its page is there."""
    with page.expect_navigation():
        page.locator(within).locator("a", has_text=text).first.click()


def menu(page, title, text):
    """Click on an entry of the menu, under its title."""
    part = page.locator("nav.menu section").filter(has=page.get_by_role("heading", name=title))
    with page.expect_navigation():
        part.get_by_role("link", name=text, exact=True).click()


def fetch(page, href):
    """Open an address in this browser's session without leaving the page: status and bytes."""
    answer = page.context.request.get(href)
    return answer.status, answer.body()


def save(page, link):
    """Click on a link that gives a file; return its name and bytes."""
    with page.expect_download() as given:
        link.click()
    return given.value.suggested_filename, given.value.path().read_bytes()


def told(page):
    """Return what the page says in its main part, in one line."""
    return " ".join(page.inner_text("main").split())

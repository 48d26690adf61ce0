"""A browser of forms: the webmail as somebody without scripts has it."""

import html.parser
import http.cookiejar
import secrets
import urllib.error
import urllib.parse
import urllib.request

from harness.world import PASSWORD


class Form:
    """A form of a page: its fields with their present values, and its buttons."""

    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.enctype = attributes.get("enctype") or "application/x-www-form-urlencoded"
        self.fields, self.buttons, self.texts = [], [], []

    def names(self):
        return {name for name, _ in self.fields}


class Page(html.parser.HTMLParser):
    """A page as it was answered: text, links and forms."""

    def __init__(self, url, status, source):
        super().__init__()
        self.url, self.status, self.source = url, status, source
        self.forms, self.links, self.words = [], [], []
        self.form = self.area = self.choice = self.button = self.link = None
        self.silent = 0
        self.feed(source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "form":
            self.form = Form(a)
            self.forms.append(self.form)
        elif tag == "a" and a.get("href"):
            self.link = [a["href"], ""]
            self.links.append(self.link)
        form = self.form_of(a)
        if form is None or "disabled" in a:
            return
        name, value = a.get("name"), a.get("value") or ""
        if tag == "button" or (tag == "input" and a.get("type") == "submit"):
            # [name, value, what is written on it, where it leads]
            self.button = [name, value, value if tag == "input" else "", a.get("formaction")]
            form.buttons.append(self.button)
        elif tag == "input" and name:
            kind = (a.get("type") or "text").lower()
            if kind in ("checkbox", "radio"):
                if "checked" in a:
                    form.fields.append((name, value or "on"))
            elif kind not in ("file", "button", "reset", "image"):
                form.fields.append((name, value))
                if kind in ("text", "email", "search"):
                    form.texts.append(name)
        elif tag == "textarea" and name:
            self.area = [form, name, ""]
        elif tag == "select" and name:
            self.choice = [form, name, None]
        elif tag == "option" and self.choice and (self.choice[2] is None or "selected" in a):
            self.choice[2] = value

    def form_of(self, attributes):
        return self.form or (self.forms[-1] if attributes.get("form") and self.forms else None)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.silent -= 1
        elif tag == "form":
            self.form = None
        elif tag == "textarea" and self.area:
            self.area[0].fields.append((self.area[1], self.area[2]))
            self.area = None
        elif tag == "select" and self.choice:
            self.choice[0].fields.append((self.choice[1], self.choice[2] or ""))
            self.choice = None
        elif tag == "button":
            self.button = None
        elif tag == "a":
            self.link = None

    def handle_data(self, data):
        if self.area:
            self.area[2] += data
        elif not self.silent:
            self.words.append(data)
            if self.button:
                self.button[2] += data
            if self.link:
                self.link[1] += data

    def form_with(self, *names):
        """The form that has all these fields."""
        for form in self.forms:
            if set(names) <= form.names():
                return form
        raise AssertionError(f"{self.url} ({self.status}) has no form with {names}: "
                             f"{[sorted(form.names()) for form in self.forms]}\n{self.text[:1000]}")


class Webmail:
    """A signed-in session, over the plain door that a demo has on loopback."""

    def __init__(self, world, user=None):
        self.root = f"http://127.0.0.1:{world.ports['http']}"
        jar = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https")))
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.page = self.get("/")
        if user:
            self.sign_in(user)

    def sign_in(self, user, password=PASSWORD):
        form = next((form for form in self.page.forms if "password" in form.names()), None)
        assert form, f"no form with a password on {self.page.url}: {self.page.text[:500]}"
        self.page = self.submit(form, {form.texts[0]: user, "password": password})
        assert not any("password" in form.names() for form in self.page.forms), "not signed in: " + self.page.text[:500]
        return self.page

    def request(self, url, data=None, headers=None):
        url = urllib.parse.urljoin(self.page.url if hasattr(self, "page") else self.root, url)
        request = urllib.request.Request(url, data, dict(headers or {}, Accept="text/html"))
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            self.page = Page(answer.geturl(), answer.status, answer.read().decode("utf-8", "replace"))
        print(f"{'POST' if data is not None else 'GET'} {url} -> {self.page.status} {self.page.url}", flush=True)
        return self.page

    def get(self, path):
        page = self.request(path)
        assert page.status == 200, f"{page.url} answered {page.status}: {page.text[:300]}"
        return page

    def submit(self, form, values=None, button=None):
        """Sends a form with some fields changed; `button` is part of a button's name, value or text."""
        values = dict(values or {})
        fields = [(name, values.pop(name, value)) for name, value in form.fields] + list(values.items())
        action = form.action
        if button:
            found = next((b for b in form.buttons if button.lower() in f"{b[0]}={b[1]} {b[2]}".lower()), None)
            assert found, f"no button {button} in {form.buttons}"
            if found[0]:
                fields.append((found[0], found[1]))
            action = found[3] or action
        if form.method == "get":
            return self.get((action or self.page.url) + "?" + urllib.parse.urlencode(fields))
        if form.enctype.startswith("multipart"):
            boundary = secrets.token_hex(16)
            body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                           for name, value in fields) + f"--{boundary}--\r\n"
            kind = f"multipart/form-data; boundary={boundary}"
        else:
            body, kind = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        page = self.request(action or self.page.url, body.encode(), {"Content-Type": kind})
        assert page.status == 200, f"{page.url} answered {page.status}: {page.text[:500]}"
        return page

    def write(self, to, subject, body):
        """Writes a letter and presses Send."""
        page = self.get(self.root + "/compose")
        form = page.form_with("to", "subject")
        area = next(name for name in ("body", "text", "message") if name in form.names())
        return self.submit(form, {"to": to, "subject": subject, area: body}, button="=send")

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium with one tab. What goes wrong ends the test, with a picture of the page.
type browser struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // The tab is its context.
	dir string
}

// newBrowser starts Chromium. Pictures go to the directory in ZOOMUSERS_SCREENSHOTS, or else to one that goes with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := findProgram(t, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
	profile := shortDir(t)
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.WindowSize(1280, 800),
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
	} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	// The browser is ended by hand, before its profile is thrown away.
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), opts...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		cancelAlloc()
	})
	b := &browser{t: t, ctx: ctx, dir: os.Getenv("ZOOMUSERS_SCREENSHOTS")}
	if b.dir == "" {
		b.dir = t.TempDir()
	}
	if err := os.MkdirAll(b.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return b
}

func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail("%s: %v", what, err)
	}
}

func (b *browser) fail(format string, args ...any) {
	b.t.Helper()
	b.shot("failed-" + filepath.Base(b.t.Name()))
	b.t.Fatalf(format, args...)
}

func (b *browser) open(address string) {
	b.t.Helper()
	b.do("open", chromedp.Navigate(address))
}

// quoted is a value as a JavaScript literal.
func quoted(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(raw)
}

// wait waits until an expression of the page is true.
func (b *browser) wait(what, expression string) {
	b.t.Helper()
	ok, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression,
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
	if err != nil || !ok {
		b.fail("waited in vain: %s: %v", what, err)
	}
}

// all is an expression for the visible elements of a selector.
func all(selector string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%s)].filter((e) => e.offsetParent !== null || e.getClientRects().length > 0)", quoted(selector))
}

// see waits for an element whose text has the words.
func (b *browser) see(selector, words string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("%q in %s", words, selector),
		fmt.Sprintf("%s.some((e) => e.textContent.includes(%s))", all(selector), quoted(words)))
}

// gone waits until there is no such element.
func (b *browser) gone(selector string) {
	b.t.Helper()
	b.wait(selector+" goes", all(selector)+".length === 0")
}

// eval returns what an expression gives, as JSON into T.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail("evaluate %.200s: %v", expression, err)
	}
	return v
}

// click clicks the last visible element of a selector, with the mouse.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.wait(selector, all(selector)+".length > 0")
	// Messages that come in or a change of person move things: the element must keep still, with nothing above it.
	at := eval[[]float64](b, fmt.Sprintf(`(async () => {
		let before = "", still = 0;
		for (;;) {
			const e = %s.at(-1);
			if (e) {
				if (still === 0) e.scrollIntoView({ block: "center" });
				const r = e.getBoundingClientRect();
				const [x, y] = [r.x + r.width / 2, r.y + r.height / 2];
				still = before === x + "," + y && e.contains(document.elementFromPoint(x, y)) ? still + 1 : 0;
				if (still === 10) return [x, y];
				before = x + "," + y;
			}
			await new Promise((done) => setTimeout(done, 20));
		}
	})()`, all(selector)))
	b.do("click "+selector, chromedp.MouseClickXY(at[0], at[1]))
}

// choose sets a select element.
func (b *browser) choose(selector, value string) {
	b.t.Helper()
	b.wait(selector, all(selector)+".length > 0")
	eval[bool](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%s);
		e.value = %s;
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, quoted(selector), quoted(value)))
}

// typeInto types text with the keyboard.
func (b *browser) typeInto(selector, text string) {
	b.t.Helper()
	b.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// drag moves a file over an element, as a browser does when one comes from the desktop.
func (b *browser) drag(selector, name string, data []byte, events ...string) {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%s), (c) => c.charCodeAt(0));
		const dataTransfer = new DataTransfer();
		dataTransfer.items.add(new File([bytes], %s, { type: "text/csv" }));
		const target = document.querySelector(%s);
		for (const type of %s) target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
		return true;
	})()`, quoted(base64.StdEncoding.EncodeToString(data)), quoted(name), quoted(selector), quoted(events)))
}

// fetched is what the page gets from the address of a link.
func (b *browser) fetched(selector string) []byte {
	b.t.Helper()
	b.wait(selector, all(selector)+".length > 0")
	text := eval[string](b, fmt.Sprintf(`(async () => {
		const response = await fetch(%s.at(-1).href);
		const bytes = new Uint8Array(await response.arrayBuffer());
		return btoa([...bytes].map((x) => String.fromCharCode(x)).join(""));
	})()`, all(selector)))
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.fail("fetch %s: %v", selector, err)
	}
	return data
}

// shot makes a picture of the page.
func (b *browser) shot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// Two frames later everything is drawn.
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](
		"new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))", chromedp.EvalAwaitPromise))
	png, shotErr := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err = errors.Join(err, shotErr); err != nil {
		b.t.Logf("no picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.dir, name+".png"), png, 0o600); err != nil {
		b.t.Errorf("picture: %v", err)
	}
}

// hook is a selector for an element of the page by its hook for tests, with further attributes.
func hook(name string, attributes ...string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "[data-testid=%q]", name)
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(&s, "[data-%s=%q]", attributes[i], attributes[i+1])
	}
	return s.String()
}

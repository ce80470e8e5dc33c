package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// browser is a tab of a real chromium. Its methods fail the test instead of returning errors.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
	axe  string // the accessibility checker's source
}

// open starts a chromium with a profile of its own.
func open(t *testing.T, base string) *browser {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("the accessibility checker is missing, run `make assets`: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900),
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("force-prefers-reduced-motion", true)) // else a click can go to where a control was before the page had scrolled to it
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() { // questions are answered with yes; one that stays makes the next step fail
		for _, err := range dialogs {
			if err != nil {
				return
			}
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}
	}()
	return &browser{t: t, ctx: ctx, base: base, axe: string(source)}
}

// visit opens a page of the panel and returns its status.
func (b *browser) visit(path string) int {
	b.t.Helper()
	answer, err := chromedp.RunResponse(b.within(), chromedp.Navigate(b.base+path))
	if err != nil {
		b.t.Fatalf("open %s: %v", path, err)
	}
	return int(answer.Status)
}

// follow clicks on what leads to another page and waits for it.
func (b *browser) follow(css string) {
	b.t.Helper()
	if status := b.leave(css); status >= http.StatusInternalServerError {
		b.t.Fatalf("follow %s: %d\n%s", css, status, b.text("body"))
	}
}

// leave is follow to a page that may be an error's; it returns its status.
func (b *browser) leave(css string) int {
	b.t.Helper()
	answer, err := chromedp.RunResponse(b.within(), chromedp.Click(chromedp.CSS(css)))
	if err != nil {
		b.t.Fatalf("follow %s on %s: %v\n%s", css, b.path(), err, b.text("body"))
	}
	return int(answer.Status)
}

// within bounds one step, so that a missing control fails soon and by its name.
func (b *browser) within() context.Context {
	ctx, cancel := context.WithTimeout(b.ctx, 40*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *browser) text(css string) string {
	b.t.Helper()
	return evaluate[string](b, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", css))
}

func (b *browser) path() string {
	b.t.Helper()
	return strings.TrimPrefix(evaluate[string](b, "location.href"), b.base)
}

func evaluate[T any](b *browser, script string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.within(), chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.60s: %v", script, err)
	}
	return value
}

// wait waits until a script is true.
func (b *browser) wait(script string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.within(), chromedp.Poll[bool](script)); err != nil {
		b.t.Fatalf("wait for %s on %s: %v\n%s", script, b.path(), err, b.text("body"))
	}
}

func (b *browser) signIn(name, password string) {
	b.t.Helper()
	b.visit("/login")
	b.keys("#name", name)
	b.keys("#password", password)
	b.follow("button.btn-primary")
}

// keys types into a control as a person would, after emptying it.
func (b *browser) keys(css, text string) {
	b.t.Helper()
	evaluate[bool](b, fmt.Sprintf("(c => { c.focus(); c.select(); return true; })(document.querySelector(%q))", css))
	if _, err := chromedp.Call(b.within(), input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatalf("type into %s on %s: %v", css, b.path(), err)
	}
}

// fill sets the control of a field, whatever it is: a text is typed, a choice made, a switch thrown, a row searched for.
func (b *browser) fill(field, value string) {
	b.t.Helper()
	kind := evaluate[string](b, fmt.Sprintf(`(() => {
		const all = [...document.querySelectorAll('[name=%[1]q]')].filter(c => c.type !== "hidden");
		const c = all[0];
		if (!c) return "missing";
		if (c.tomselect) return "picker";
		return c.type;
	})()`, field))
	control := fmt.Sprintf("[name=%q]:not([type=hidden])", field)
	switch kind {
	case "missing":
		b.t.Fatalf("%s has no control %q", b.path(), field)
	case "picker":
		b.pick(field, value)
	case "radio":
		b.click(fmt.Sprintf("%s[value=%q]", control, value))
	case "checkbox":
		if evaluate[bool](b, fmt.Sprintf("document.querySelector(%q).checked", control)) != (value == "true") {
			b.click(control)
		}
	case "select-one":
		found := evaluate[bool](b, fmt.Sprintf(`(() => {
			const s = document.querySelector(%q);
			const o = [...s.options].find(o => o.text === %[2]q || o.value === %[2]q);
			if (o) { s.value = o.value; s.dispatchEvent(new Event("change", {bubbles: true})); }
			return !!o;
		})()`, control, value))
		if !found {
			b.t.Fatalf("%s: %q offers no %q", b.path(), field, value)
		}
	default:
		b.keys(control, value)
	}
}

// pick searches for a row by its name and takes the first that is offered.
func (b *browser) pick(field, label string) {
	b.t.Helper()
	b.click(fmt.Sprintf("#%s-ts-control", field))
	b.keys(fmt.Sprintf("#%s-ts-control", field), label)
	offered := fmt.Sprintf(`[...document.querySelectorAll("#%s-ts-dropdown [data-selectable]")].find(o => (o.querySelector(".option-label") ?? o).innerText.trim() === %q)`, field, label)
	b.wait("!!" + offered)
	evaluate[bool](b, offered+".click() || true")
}

func (b *browser) click(css string) {
	b.t.Helper()
	if err := chromedp.Do(b.within(), chromedp.Click(chromedp.CSS(css))); err != nil {
		b.t.Fatalf("click %s on %s: %v", css, b.path(), err)
	}
}

// scripts switches the page's own scripts on or off.
func (b *browser) scripts(on bool) {
	b.t.Helper()
	_, err := chromedp.Call(b.within(), emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	if err != nil {
		b.t.Fatalf("switch scripts: %v", err)
	}
}

// phone makes the window as narrow as a phone's, or as wide as it was.
func (b *browser) phone(on bool) {
	b.t.Helper()
	size := emulation.SetDeviceMetricsOverrideParams{Width: 1440, Height: 900, DeviceScaleFactor: 1}
	if on {
		size.Width = 390
	}
	if _, err := chromedp.Call(b.within(), emulation.SetDeviceMetricsOverride, size); err != nil {
		b.t.Fatalf("set the window's size: %v", err)
	}
}

// accessible fails the test for each serious finding of the accessibility checker on the page, once its colours stand still.
func (b *browser) accessible() {
	b.t.Helper()
	report := evaluate[string](b, b.axe+`;Promise.race([Promise.allSettled(document.getAnimations().map(a => a.finished)), new Promise(r => setTimeout(r, 1000))]).then(() => axe.run(document, {resultTypes: ["violations"]})).then(r => JSON.stringify(r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 150)).join(" | "))))`)
	var findings []string
	if err := json.Unmarshal([]byte(report), &findings); err != nil {
		b.t.Fatalf("read the checker's report %s: %v", report, err)
	}
	for _, finding := range findings {
		b.t.Errorf("%s is not accessible: %s", b.path(), finding)
	}
}

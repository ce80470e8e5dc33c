package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"unified/internal/testdb"
)

func (b *browser) shot(name string) {
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 390} {
			if _, err := chromedp.Call(b.within(), emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1}); err != nil {
				b.t.Fatal(err)
			}
			evaluate[bool](b, fmt.Sprintf("(document.documentElement.dataset.bsTheme=%q)&&true", theme))
			b.accessible()
			if over := evaluate[bool](b, `document.documentElement.scrollWidth > innerWidth`); over {
				b.t.Errorf("%s is wider than %d", name, width)
			}
			res, err := chromedp.Call(b.within(), page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png", CaptureBeyondViewport: new(true),
				Clip: &page.Viewport{X: 0, Y: 0, Width: float64(width), Height: evaluate[float64](b, "Math.min(2600, document.documentElement.scrollHeight)"), Scale: 1}})
			if err != nil {
				b.t.Fatal(err)
			}
			os.WriteFile(fmt.Sprintf("/tmp/shots/%s-%s-%d.png", name, theme, width), res.Data, 0o600)
		}
	}
}

func TestShots(t *testing.T) {
	os.MkdirAll("/tmp/shots", 0o755)
	db := testdb.Empty(t)
	b := open(t, start(t, onDatabase(db)).url)
	b.signIn("admin", "admin123")
	b.visit("/profile")
	b.shot("profile")
	b.visit("/profile/tokens/new")
	b.shot("token")
	b.follow("button[data-save]")
	b.shot("token-wrong")
	b.fill("name", "Backup")
	b.fill("current", "admin123")
	b.click("[value='users:read:all']")
	b.follow("button[data-save]")
	b.shot("made")
	b.visit("/profile")
	b.shot("profile2")
}

package controllers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// ProfileBook is what the pages of one's own account read and change: always the account in the context. admin.ProfileBook is one,
// and says more.
type ProfileBook interface {
	Load(ctx context.Context, idle time.Duration) (auth.Profile, error)
	Fields(ctx context.Context, typed url.Values) (inputs []crud.Input, base string, err error)
	Save(ctx context.Context, typed url.Values) (auth.Ending, error)
	SetPassword(ctx context.Context, hash string) (auth.Ending, error)
	Keep(ctx context.Context, settings auth.Settings) error
	Zones(ctx context.Context) ([]string, error)
	EndSession(ctx context.Context, id int64) error
	EndSessions(ctx context.Context, this bool) (int64, error)
	Grants(ctx context.Context) ([]auth.Permission, error)
	MakeToken(ctx context.Context, wish auth.TokenWish) (string, error)
	RevokeToken(ctx context.Context, id int64) (string, error)
}

// The addresses of the pages, below the prefix.
const (
	profilePath  = "/profile"
	sessionsPath = profilePath + "/sessions"
	tokensPath   = profilePath + "/tokens"
)

// profilePages are the pages of one's own account. They ask for no permission.
type profilePages struct {
	Door
	site *Site
}

func (p profilePages) mount(router *Router) {
	router.Get(profilePath, SignedIn(), func(c *gin.Context) error { return p.draw(c, http.StatusOK, cameBack{}) })
	router.Form(profilePath, SignedIn(), []crud.FieldDoc{
		{Name: "first_name", Label: "First name"}, {Name: "last_name", Label: "Last name"}, {Name: "email", Label: "Email"}, {Name: confirmParam, Label: "Current password", Unseen: true},
	}, p.save)
	router.Form(profilePath+"/settings", SignedIn(), []crud.FieldDoc{{Name: zoneParam, Label: "Time zone"}, {Name: themeParam, Label: "Colours"}}, p.keep)
	router.Form(profilePath+"/password", SignedIn(), []crud.FieldDoc{
		{Name: currentParam, Label: "Current password", Unseen: true}, {Name: passwordParam, Label: "New password", Unseen: true},
	}, p.setPassword)
	router.Form(sessionsPath, SignedIn(), []crud.FieldDoc{{Name: thisParam}}, p.endSessions)
	router.Form(sessionsPath+"/:key/end", SignedIn(), nil, p.endSession)
	router.Get(tokensPath+"/new", SignedIn(), func(c *gin.Context) error { return p.drawToken(c, http.StatusOK, nil, cameBack{}) })
	router.Form(tokensPath, SignedIn(), []crud.FieldDoc{
		{Name: tokenNameParam, Label: "Name"}, {Name: daysParam, Label: "Good for (days)"}, {Name: grantsParam, Label: "What it may do"},
		{Name: currentParam, Label: "Current password", Unseen: true},
	}, p.makeToken)
	router.Form(tokensPath+"/:key/revoke", SignedIn(), nil, p.revokeToken)
}

// cameBack is why a form came back: sentences by control, "" for all of it.
type cameBack struct {
	in     string // the section of the page
	typed  url.Values
	fields map[string]string
}

// summary is what stands above the form, "" for one that did not come back.
func (why cameBack) summary() string {
	switch {
	case why.fields[""] != "":
		return why.fields[""]
	case len(why.fields) > 0:
		return "Not saved: " + plural(len(why.fields), "thing") + " to look at."
	}
	return ""
}

// The names of the controls that are no columns.
const (
	confirmParam  = "confirm" // the current password, before the address is changed
	currentParam  = "current" // the current password, before anything else
	passwordParam = "password"
	zoneParam     = "time_zone"
	themeParam    = "theme"
)

// draw draws the profile; why a form came back stands beside its controls.
func (p profilePages) draw(c *gin.Context, status int, why cameBack) error {
	ctx := c.Request.Context()
	account, _ := auth.From(ctx)
	found, err := p.Profile.Load(ctx, p.Store.Idle())
	if err != nil {
		return err
	}
	page := &profilePage{Account: account, In: why.in, Problem: why.summary(), API: p.site.config.API != nil}
	if page.Once, err = p.site.formName(ctx); err != nil {
		return err
	}
	where := crud.ZoneIn(ctx)
	page.Zone = where.String()
	if err := p.sections(c, page, why); err != nil {
		return err
	}
	for _, session := range found.Sessions {
		page.Sessions = append(page.Sessions, sessionLine{
			OwnSession: session, Device: device(session.Agent), Since: clock(session.Since, where), Seen: clock(session.Seen, where), Ends: clock(session.Ends, where),
		})
	}
	for _, token := range found.Tokens {
		line := tokenLine{OwnToken: token, Since: clock(token.Since, where), Ends: clock(token.Ends, where), For: plural(len(token.Permissions), "permission")}
		if token.Used != nil {
			line.Used = clock(*token.Used, where)
		}
		page.Tokens = append(page.Tokens, line)
	}
	title := "Your profile"
	if len(why.fields) > 0 {
		title = "Not saved: " + title
	}
	return p.site.render(c, status, view{name: "profile/index", title: title, page: page})
}

// sections fills the forms of the page.
func (p profilePages) sections(c *gin.Context, page *profilePage, why cameBack) (err error) {
	ctx := c.Request.Context()
	var typed url.Values
	if why.in == "data" {
		typed = why.typed
	}
	if page.Data, page.Base, err = p.Profile.Fields(ctx, typed); err != nil {
		return err
	}
	page.Email = slices.ContainsFunc(page.Data, func(in crud.Input) bool { return in.Name == "email" })
	if page.Email {
		page.Data = append(page.Data, currentPassword(confirmParam, "Needed to change the address, which ends all your other sessions."))
	}
	settings, err := p.settings(ctx, page.Account.Settings, crud.ZoneIn(ctx))
	if err != nil {
		return err
	}
	page.Settings = settings
	password := crud.Input{Widget: "password", MaxLength: 0, FieldDoc: crud.FieldDoc{
		Name: passwordParam, Label: "New password", Required: true, Unseen: true,
		Help: "At least " + strconv.Itoa(auth.PasswordMin) + " characters; some words that do not belong together are good.",
	}}
	now := currentPassword(currentParam, "")
	now.Required = true
	page.Password = []crud.Input{now, password}
	for _, fields := range [][]crud.Input{page.Data, page.Settings, page.Password} {
		for i := range fields {
			fields[i].Error = why.fields[fields[i].Name]
		}
	}
	for i := range page.Settings {
		if why.in == "settings" && why.typed.Has(page.Settings[i].Name) {
			page.Settings[i].Text = why.typed.Get(page.Settings[i].Name)
		}
	}
	return nil
}

// currentPassword is the control of the password that somebody has.
func currentPassword(name, help string) crud.Input {
	return crud.Input{Widget: "current", FieldDoc: crud.FieldDoc{Name: name, Label: "Current password", Help: help, Unseen: true}}
}

// settings are the controls of how the account likes to see the panel; now is the zone that its pages are written in.
func (p profilePages) settings(ctx context.Context, known auth.Settings, now *time.Location) ([]crud.Input, error) {
	zones, err := p.Profile.Zones(ctx)
	if err != nil {
		return nil, err
	}
	zone := crud.Input{Widget: "zone", Text: known.TimeZone, FieldDoc: crud.FieldDoc{
		Name: zoneParam, Label: "Time zone", Help: "In which forms and records write moments, such as Europe/Berlin. Left empty it is the browser's; now it is " + now.String() + ".",
	}}
	for _, name := range zones {
		zone.Choices = append(zone.Choices, crud.Choice{Value: name})
	}
	theme := crud.Input{Widget: "radio", Text: known.Theme, FieldDoc: crud.FieldDoc{Name: themeParam, Label: "Colours"}, Choices: []crud.Choice{
		{Value: "", Label: "As chosen in each browser"}, {Value: auth.ThemeSystem, Label: "Like the system"}, {Value: auth.ThemeLight, Label: "Light"}, {Value: auth.ThemeDark, Label: "Dark"},
	}}
	return []crud.Input{zone, theme}, nil
}

// clock writes a moment for people, in a zone that the page names.
func clock(at time.Time, where *time.Location) string { return at.In(where).Format("2006-01-02 15:04") }

// once carries a form out as Site.once does. failed is why it cannot be carried out the first time: a password is checked before,
// in no transaction, and one that was changed by the same form is not right any more. The secrets of the form are kept nowhere,
// not even as the digest of what was sent.
func (p profilePages) once(c *gin.Context, input url.Values, failed error, work func(context.Context) (done, error)) (done, error) {
	sent := url.Values{}
	for name, values := range input {
		sent[name] = slices.Clone(values)
	}
	secret := ""
	for _, name := range []string{confirmParam, currentParam, passwordParam} {
		secret += "\n" + sent.Get(name)
		sent.Del(name)
	}
	if len(secret) > 3 {
		disguise, err := p.Gate.Disguise(c.Request.Context(), secret, input.Get(formParam))
		if err != nil {
			return done{}, outage(err)
		}
		sent.Set(passwordParam, disguise)
	}
	return p.site.once(c, sent, func(ctx context.Context) (done, error) {
		if failed != nil {
			return done{}, failed
		}
		return work(ctx)
	})
}

// unproven makes an error of auth one that stands beside the control of the current password, or of the new one.
func unproven(c *gin.Context, err error, control string) error {
	var throttled auth.Throttled
	var weak auth.PasswordError
	beside := func(kind crud.ErrorKind, name, text string) error {
		return &crud.Error{Kind: kind, Fields: map[string]string{name: text}}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, auth.ErrDenied):
		return beside(crud.KindInvalid, control, "This is not your current password.")
	case errors.As(err, &weak):
		return beside(crud.KindInvalid, passwordParam, weak.Error())
	case errors.As(err, &throttled):
		seconds := int(throttled.Retry / time.Second)
		c.Header("Retry-After", strconv.Itoa(seconds))
		return beside(crud.KindBusy, control, "Too many attempts failed. Wait "+plural(seconds, "second")+", then try again.")
	}
	return outage(err)
}

// back tells of an error that the person can mend, to draw the form again with; ok is false for any other.
func (p profilePages) back(c *gin.Context, err error) (code int, fields map[string]string, ok bool) {
	var known *crud.Error
	if errors.As(err, &known) && known.Kind == crud.KindBusy {
		return http.StatusTooManyRequests, known.Fields, true
	}
	if known, ok = p.site.mendable(c, err); !ok {
		return 0, nil, false
	}
	return status(known.Kind), known.Fields, true
}

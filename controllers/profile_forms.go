package controllers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// answer leads on from a form of the profile, or draws it again with what was sent and what is wrong in it.
func (p profilePages) answer(c *gin.Context, sent cameBack, out done, err error) error {
	if code, fields, ok := p.back(c, err); ok {
		sent.fields = fields
		return p.draw(c, code, sent)
	}
	if err != nil {
		return err
	}
	return p.site.lead(c, out)
}

// to is what was done, said on the profile at one of its sections.
func (p profilePages) to(section, said string) done {
	return done{Said: said, To: p.site.Path(profilePath) + "#" + section}
}

// save answers POST /profile with the account's own data changed.
func (p profilePages) save(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	account, _ := auth.From(ctx)
	typed := url.Values{}
	for name, values := range input {
		if name != formParam && name != confirmParam {
			typed[name] = values
		}
	}
	var failed error
	switch password := single(input, confirmParam); {
	case !typed.Has("email") || typed.Get("email") == account.Email:
	case password == "":
		failed = &crud.Error{Kind: crud.KindInvalid, Fields: map[string]string{confirmParam: "Type your current password to change the address."}}
	default:
		failed = unproven(c, p.Gate.Confirm(ctx, account, password), confirmParam)
	}
	out, err := p.once(c, input, failed, func(ctx context.Context) (done, error) {
		ended, err := p.Profile.Save(ctx, typed)
		return p.to("data", "Your data is saved."+endings(ended)), err
	})
	return p.answer(c, cameBack{in: "data", typed: typed}, out, err)
}

// endings says what a change ended, "" for nothing.
func endings(ended auth.Ending) string {
	said := ""
	if ended.Sessions > 0 {
		said += " " + plural(int(ended.Sessions), "other session") + " ended."
	}
	if ended.Tokens > 0 {
		said += " " + plural(int(ended.Tokens), "API token") + " revoked."
	}
	return said
}

// keep answers POST /profile/settings. What is not sent stays as it is.
func (p profilePages) keep(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	account, _ := auth.From(c.Request.Context())
	settings, wrong := account.Settings, map[string]string{}
	if input.Has(zoneParam) {
		settings.TimeZone = strings.TrimSpace(single(input, zoneParam))
		if _, err := crud.Zone(settings.TimeZone); err != nil && settings.TimeZone != "" {
			wrong[zoneParam] = "There is no time zone of this name. They are called as Europe/Berlin."
		}
	}
	if input.Has(themeParam) {
		settings.Theme = single(input, themeParam)
		if !slices.Contains([]string{"", auth.ThemeLight, auth.ThemeDark, auth.ThemeSystem}, settings.Theme) {
			wrong[themeParam] = "Colours are light, dark or like the system."
		}
	}
	var failed error
	if len(wrong) > 0 {
		failed = &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	out, err := p.once(c, input, failed, func(ctx context.Context) (done, error) {
		return p.to("settings", "Your settings are saved."), p.Profile.Keep(ctx, settings)
	})
	if err == nil && byScript(c) {
		c.Status(http.StatusNoContent)
		return nil
	}
	return p.answer(c, cameBack{in: "settings", typed: input}, out, err)
}

// setPassword answers POST /profile/password.
func (p profilePages) setPassword(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	account, _ := auth.From(ctx)
	now, next, missing := single(input, currentParam), single(input, passwordParam), map[string]string{}
	if now == "" {
		missing[currentParam] = "Type the password that you have now."
	}
	if next == "" {
		missing[passwordParam] = "Type a new password."
	}
	if len(missing) > 0 {
		return p.answer(c, cameBack{in: "password"}, done{}, &crud.Error{Kind: crud.KindInvalid, Fields: missing})
	}
	hash, err := p.Gate.NewHash(ctx, account, now, next)
	out, err := p.once(c, input, unproven(c, err, currentParam), func(ctx context.Context) (done, error) {
		ended, err := p.Profile.SetPassword(ctx, hash)
		return p.to("password", "Your password is changed."+endings(ended)), err
	})
	return p.answer(c, cameBack{in: "password"}, out, err)
}

// thisParam says that the session of the request ends too.
const thisParam = "this"

// endSessions answers POST /profile/sessions: all other sessions end, or all.
func (p profilePages) endSessions(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	if this := single(input, thisParam); this == "1" {
		if _, err := p.Profile.EndSessions(c.Request.Context(), true); err != nil {
			return err
		}
		return p.signOut(c)
	}
	out, err := p.once(c, input, nil, func(ctx context.Context) (done, error) {
		ended, err := p.Profile.EndSessions(ctx, false)
		said := "You were signed in nowhere else."
		if ended > 0 {
			said = "You are signed out everywhere else:" + endings(auth.Ending{Sessions: ended})
		}
		return p.to("sessions", said), err
	})
	return p.answer(c, cameBack{in: "sessions"}, out, err)
}

// endSession answers POST /profile/sessions/KEY/end.
func (p profilePages) endSession(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	id, err := ownKeyOf(c)
	if err != nil {
		return err
	}
	if auth.RequestFrom(c.Request.Context()).SessionID == strconv.FormatInt(id, 10) {
		return p.signOut(c)
	}
	out, err := p.once(c, input, nil, func(ctx context.Context) (done, error) {
		return p.to("sessions", "The session has ended."), p.Profile.EndSession(ctx, id)
	})
	return p.answer(c, cameBack{in: "sessions"}, out, err)
}

// ownKeyOf is the number in the address. One that is none is nobody's.
func ownKeyOf(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("key"), 10, 64)
	if err != nil {
		return 0, &crud.Error{Kind: crud.KindNotFound, Err: err}
	}
	return id, nil
}

package controllers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// The controls of the form of a new token.
const (
	tokenNameParam = "name"
	daysParam      = "days"
	grantsParam    = "permissions" // each is ticked
)

const tokenNameMax = 100 // characters

// makeToken answers POST /profile/tokens: the one page that shows the new token.
func (p profilePages) makeToken(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	account, _ := auth.From(ctx)
	wish, failed := readWish(input)
	if failed == nil {
		failed = unproven(c, p.Gate.Confirm(ctx, account, single(input, currentParam)), currentParam)
	}
	made := ""
	out, err := p.once(c, input, failed, func(ctx context.Context) (done, error) {
		made, err = p.Profile.MakeToken(ctx, wish)
		return p.to("tokens", "This token was made already. It is shown once: if you have not copied it, revoke it and make another one."), err
	})
	if code, fields, ok := p.back(c, err); ok {
		return p.drawToken(c, code, input, cameBack{fields: fields})
	}
	if err != nil {
		return err
	}
	if made == "" {
		return p.site.lead(c, out)
	}
	where := crud.ZoneIn(c.Request.Context())
	ends := clock(time.Now().AddDate(0, 0, wish.Days), where) + " " + where.String()
	page := &tokenMadePage{Name: wish.Name, Text: made, Ends: ends, Example: example(c, p.site)}
	return p.site.render(c, http.StatusOK, view{name: "profile/made", title: "New API token", page: page})
}

// example is how a program sends a token, on this panel.
func example(c *gin.Context, s *Site) string {
	scheme := "https://"
	if c.Request.TLS == nil && (s.config.Plain || sameHost("localhost", c.Request.Host) || isAddress(c.Request.Host)) {
		scheme = "http://"
	}
	return "curl -H 'Authorization: Bearer TOKEN' '" + scheme + c.Request.Host + s.Path("/users/export?format=csv") + "'"
}

// readWish reads the form of a new token, with everything that is wrong in it at once.
func readWish(input url.Values) (wish auth.TokenWish, err error) {
	wrong := map[string]string{}
	wish.Name = strings.TrimSpace(single(input, tokenNameParam))
	switch {
	case crud.Invisible(wish.Name):
		wrong[tokenNameParam] = "Say what the token is for, such as the program that gets it."
	case utf8.RuneCountInString(wish.Name) > tokenNameMax:
		wrong[tokenNameParam] = "At most " + strconv.Itoa(tokenNameMax) + " characters."
	case !utf8.ValidString(wish.Name) || strings.ContainsFunc(wish.Name, unicode.IsControl):
		wrong[tokenNameParam] = "This holds characters that are not text."
	}
	if wish.Days, err = strconv.Atoi(single(input, daysParam)); err != nil || wish.Days < 1 || wish.Days > auth.TokenDaysMax {
		wrong[daysParam] = "A token is good for 1 to " + strconv.Itoa(auth.TokenDaysMax) + " days."
	}
	for _, text := range input[grantsParam] {
		permission, err := auth.ParsePermission(text)
		if err != nil {
			wrong[grantsParam] = "One of these is no permission."
		} else if !slices.Contains(wish.Permissions, permission) {
			wish.Permissions = append(wish.Permissions, permission)
		}
	}
	if len(wish.Permissions) == 0 && wrong[grantsParam] == "" {
		wrong[grantsParam] = "Choose what the token may do."
	}
	if single(input, currentParam) == "" {
		wrong[currentParam] = "Type your current password."
	}
	if len(wrong) > 0 {
		return wish, &crud.Error{Kind: crud.KindInvalid, Fields: wrong}
	}
	return wish, nil
}

// drawToken draws the form of a new token, with what was typed if it came back.
func (p profilePages) drawToken(c *gin.Context, status int, typed url.Values, why cameBack) error {
	ctx := c.Request.Context()
	grants, err := p.Profile.Grants(ctx)
	if err != nil {
		return err
	}
	page := &tokenPage{Problem: why.summary(), Wrong: why.fields[grantsParam]}
	if page.Once, err = p.site.formName(ctx); err != nil {
		return err
	}
	now := currentPassword(currentParam, "So that nobody makes one in a session that was left open.")
	now.Required = true
	name := crud.Input{Widget: "text", Text: printable(single(typed, tokenNameParam)), MaxLength: tokenNameMax, FieldDoc: crud.FieldDoc{
		Name: tokenNameParam, Label: "Name", Required: true, Help: "What it is for, such as the program that gets it.",
	}}
	days := crud.Input{Widget: "select", Text: strconv.Itoa(auth.TokenDays), FieldDoc: crud.FieldDoc{
		Name: daysParam, Label: "Good for", Required: true, Help: "At most " + strconv.Itoa(auth.TokenDaysMax) + " days; then a new one has to be made.",
	}}
	if typed.Has(daysParam) {
		days.Text = single(typed, daysParam)
	}
	for _, n := range []int{1, 7, 30, auth.TokenDays, 180, auth.TokenDaysMax} {
		days.Choices = append(days.Choices, crud.Choice{Value: strconv.Itoa(n), Label: plural(n, "day")})
	}
	page.Fields = []crud.Input{name, days, now}
	for i := range page.Fields {
		page.Fields[i].Error = why.fields[page.Fields[i].Name]
	}
	page.Groups, page.Count = p.groups(grants, typed[grantsParam]), len(grants)
	title := "New API token"
	if len(why.fields) > 0 {
		title = "Not made: " + title
	}
	return p.site.render(c, status, view{name: "profile/token", title: title, page: page})
}

// groups lays permissions out by table, in menu order; those for every table stand first.
func (p profilePages) groups(grants []auth.Permission, chosen []string) []grantGroup {
	groups := []grantGroup{{Title: "Every table", model: auth.Any}}
	for _, resource := range p.site.config.Tables {
		table := resource.Table()
		groups = append(groups, grantGroup{Title: table.Plural, model: table.Name})
	}
	for _, permission := range grants {
		at := slices.IndexFunc(groups, func(group grantGroup) bool { return group.model == permission.Model })
		if at < 0 {
			at = len(groups)
			groups = append(groups, grantGroup{Title: permission.Model, model: permission.Model})
		}
		groups[at].Grants = append(groups[at].Grants, grant{
			Value: permission.String(), Label: grantWords(permission), Chosen: slices.Contains(chosen, permission.String()),
		})
	}
	return slices.DeleteFunc(groups, func(group grantGroup) bool { return len(group.Grants) == 0 })
}

// grantWords says for people what a permission allows on its table.
func grantWords(p auth.Permission) string {
	action := strings.ReplaceAll(p.Action, "_", " ")
	if p.Action == auth.Any {
		action = "everything"
	}
	rows := map[string]string{auth.ScopeOwn: "own rows", auth.ScopeGroup: "the group's rows", auth.ScopeAll: "all rows", auth.Any: "all rows"}
	return action + ", " + rows[p.Scope]
}

// revokeToken answers POST /profile/tokens/KEY/revoke.
func (p profilePages) revokeToken(c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	id, err := ownKeyOf(c)
	if err != nil {
		return err
	}
	out, err := p.once(c, input, nil, func(ctx context.Context) (done, error) {
		name, err := p.Profile.RevokeToken(ctx, id)
		return p.to("tokens", "The token "+isolated(name)+" is revoked."), err
	})
	return p.answer(c, cameBack{in: "tokens"}, out, err)
}

package controllers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"unified/auth"
	"unified/crud"
)

// RolePages are the page of a role's permissions: a matrix of tables, actions and scopes, and a preview before it is saved.
// The funcs are admin.RoleBook's.
type RolePages struct {
	Table   string // of the roles
	Rights  string // the table of which a row says that a role gives a permission
	State   func(ctx context.Context, key string) (auth.RoleState, error)
	Preview func(ctx context.Context, key string, change auth.RoleChange) (auth.RolePreview, error)
	Save    func(ctx context.Context, key, mark string, change auth.RoleChange) error
}

const rolePage = "permissions" // the last segment of its path

// records is the page, with a link to it on each role.
func (p RolePages) records(s *Site) []RecordPage {
	if s.tables[p.Rights] == nil {
		return nil
	}
	return []RecordPage{{Table: p.Table, Name: rolePage, Label: "Permissions", Icon: "shield", Access: May(s.tables[p.Rights], crud.Read), Show: p.show}}
}

// mount adds what its form is sent to.
func (p RolePages) mount(s *Site, router *Router) {
	if rights := s.tables[p.Rights]; rights != nil && s.tables[p.Table] != nil {
		router.Form("/"+p.Table+"/:key/"+rolePage, May(rights, crud.Create, crud.Delete), nil, func(c *gin.Context) error { return p.submit(s, c) })
	}
}

// show answers GET /roles/KEY/permissions.
func (p RolePages) show(s *Site, c *gin.Context) error {
	state, err := p.State(c.Request.Context(), c.Param("key"))
	if err != nil {
		return err
	}
	return p.draw(s, c, http.StatusOK, p.matrix(s, c, state, &gridSent{}))
}

// submit answers POST /roles/KEY/permissions: first with what the change would do, and once that is confirmed by saving it.
func (p RolePages) submit(s *Site, c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	ctx, key := c.Request.Context(), c.Param("key")
	state, err := p.State(ctx, key)
	if err != nil {
		return err
	}
	confirmed, back := input.Get("_confirm"), input.Get("_back") != ""
	input.Del("_confirm")
	input.Del("_back")
	input.Del(formParam) // sent again it changes nothing more; it says whose it is
	shown, err := shownBy(input)
	if err != nil {
		return err
	}
	input.Del(crud.BaseParam)
	sent, err := newGrid(s.config.Tables, state.Role).read(input, shown)
	if err != nil {
		return err
	}
	change := sent.change
	switch {
	case len(sent.wrong) > 0:
		s.refuse(c, http.StatusConflict, "Somebody changed the same permissions meanwhile.")
		return p.draw(s, c, http.StatusConflict, p.matrix(s, c, state, sent))
	case back:
		return p.draw(s, c, http.StatusOK, p.matrix(s, c, state, sent))
	case len(change.Gives)+len(change.Takes) == 0:
		s.flash(c, "Nothing had changed in what "+state.Role.Name+" gives.")
		c.Redirect(http.StatusSeeOther, s.Path("/"+p.Table+"/"+key+"/"+rolePage))
		return nil
	case confirmed == "":
		return p.preview(s, c, change, "")
	}
	err = p.Save(ctx, key, confirmed, change)
	var known *crud.Error
	if errors.As(err, &known) && known.Kind != crud.KindUnavailable {
		s.refuse(c, status(known.Kind), sentence(known))
		return p.preview(s, c, change, sentence(known))
	}
	if err != nil {
		return err
	}
	s.flash(c, "Saved what "+state.Role.Name+" gives.")
	c.Redirect(http.StatusSeeOther, s.Path("/"+p.Table+"/"+key))
	return nil
}

// preview asks whether to save, with what it would mean; problem is why it was not saved.
func (p RolePages) preview(s *Site, c *gin.Context, change auth.RoleChange, problem string) error {
	found, err := p.Preview(c.Request.Context(), c.Param("key"), change)
	if err != nil {
		return err
	}
	page := &rolePreviewPage{
		Crumbs: p.crumbs(s, c, found.Role), Role: found.Role.Name, Mark: found.Mark, Problem: problem, Gives: change.Gives, Takes: change.Takes,
		Action: c.Request.URL.Path, Locked: found.Locked, Base: c.Request.PostForm.Get(crud.BaseParam),
	}
	for _, effect := range found.People {
		page.add(effect)
	}
	page.Holders = holders(found.Holders)
	for name, values := range c.Request.PostForm {
		if !strings.HasPrefix(name, "_") {
			page.Fields = append(page.Fields, hiddenField{name, values[0]})
		}
	}
	if page.Once, err = s.formName(c.Request.Context()); err != nil {
		return err
	}
	slices.SortFunc(page.Fields, func(a, b hiddenField) int { return strings.Compare(a.Name, b.Name) })
	code := http.StatusOK
	if problem != "" {
		code = http.StatusConflict
	}
	return s.render(c, code, view{name: "roles/preview", title: "What changes with " + found.Role.Name, page: page})
}

// holders says how many people hold a role, and how many of them the preview is about.
func holders(n int) string {
	switch {
	case n == 0:
		return "Nobody holds this role in the panel now."
	case n == 1:
		return "One person holds this role in the panel now."
	case n > auth.HoldersMost:
		return fmt.Sprintf("More than %d people hold this role in the panel now; here are the first by name.", auth.HoldersMost)
	}
	return fmt.Sprintf("%d people hold this role in the panel now.", n)
}

func (p RolePages) draw(s *Site, c *gin.Context, code int, page *roleMatrixPage) (err error) {
	if page.Once, err = s.formName(c.Request.Context()); err != nil {
		return err
	}
	title := "Permissions of " + page.Role.Name
	if page.Problems != nil {
		title = "Not saved: " + title
	}
	return s.render(c, code, view{name: "roles/permissions", title: title, page: page})
}

func (p RolePages) crumbs(s *Site, c *gin.Context, role auth.Role) crumbs {
	return crumbs{Table: s.tables[p.Table].Table(), Key: c.Param("key"), Label: role.Name}
}

// matrix is the page of what a role gives, or of what was chosen instead.
func (p RolePages) matrix(s *Site, c *gin.Context, state auth.RoleState, sent *gridSent) *roleMatrixPage {
	grid := newGrid(s.config.Tables, state.Role)
	grid.choose(sent.typed)
	page := &roleMatrixPage{
		Crumbs: p.crumbs(s, c, state.Role), Role: state.Role, Action: c.Request.URL.Path, Cancel: s.Path("/" + p.Table + "/" + c.Param("key")),
		Areas: grid.Areas, Base: grid.base(), Locked: state.Locked,
	}
	if len(sent.wrong) > 0 {
		page.explain(sent.wrong)
	}
	if may := May(s.tables[p.Rights], crud.Create, crud.Delete); page.Locked == "" && may.check(c) != nil {
		page.Locked = fmt.Sprintf("You may look at this, but not change it: that needs the permission %s.", may)
	}
	return page
}

// roleMatrixPage is what pages/roles/permissions.html draws.
type roleMatrixPage struct {
	Crumbs         crumbs
	Role           auth.Role
	Action, Cancel string
	Once           string
	Base           string // what it shows, sent back as crud.BaseParam
	Areas          []gridArea
	Locked         string // why nothing can be changed; "" if it can

	Summary  string
	Problems []fieldProblem    // why it came back
	Wrong    map[string]string // the same by cell
}

// rolePreviewPage is what pages/roles/preview.html draws.
type rolePreviewPage struct {
	Crumbs       crumbs
	Role, Mark   string
	Once         string
	Base         string // what the matrix showed; "" if it did not say
	Action       string
	Problem      string
	Locked       string
	Gives, Takes []auth.Permission
	Holders      string // a sentence
	People       []peopleEffect
	Same         int // people for whom nothing changes
	Fields       []hiddenField
}

// peopleEffect is what a change means for all of some people.
type peopleEffect struct {
	Names        []string
	Gains, Loses []auth.Permission
}

// add puts a person beside those for whom the change means the same.
func (p *rolePreviewPage) add(effect auth.RoleEffect) {
	if len(effect.Gains)+len(effect.Loses) == 0 {
		p.Same++
		return
	}
	at := slices.IndexFunc(p.People, func(other peopleEffect) bool {
		return slices.Equal(other.Gains, effect.Gains) && slices.Equal(other.Loses, effect.Loses)
	})
	if at < 0 {
		at = len(p.People)
		p.People = append(p.People, peopleEffect{Gains: effect.Gains, Loses: effect.Loses})
	}
	p.People[at].Names = append(p.People[at].Names, effect.Person)
}

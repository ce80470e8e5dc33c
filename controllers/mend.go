package controllers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/crud"
	"unified/schema"
)

// Mending is how the schema's page mends what differs. The zero one only shows it.
type Mending struct {
	Plan   func(context.Context) (*schema.Plan, error)
	Begin  func(context.Context, schema.Consent) error // returns once nobody else can mend, and goes on by itself; [ErrMending]
	Last   func(context.Context) (MendingRun, error)   // of whichever process
	Cancel func(ctx context.Context, id int64) error   // asks a run to end, of whichever process
}

// MendingRun is one mending of the schema. The zero one is none.
type MendingRun struct {
	ID          int64
	By          string
	StartedAt   time.Time
	Running     bool
	Ended       bool // by itself; neither Running nor Ended: its process was killed
	Canceled    bool // somebody asked it to end
	Done, Total int  // statements
	Item        string
	Statement   string
	Percent     int // of the index that is built now; 0 for none
	Result      []string
}

// ErrMending is the error of Mending.Begin while another process mends or migrates.
var ErrMending = errors.New("another process is migrating or mending the schema")

const (
	mendPath    = schemaPath + "/mend"
	runPath     = schemaPath + "/run"
	runInterval = 2 // seconds after which the page of a run is read again without a script
)

// mayMend is what changing the schema asks for.
var mayMend = Holds("schema", "bridge")

var (
	mendFields = []crud.FieldDoc{{Name: "finding"}, {Name: "confirm"}, {Name: "lose"}}
	runFields  = []crud.FieldDoc{{Name: "cancel"}}
)

func (m Mending) mount(s *Site, router *Router) {
	if m.Plan == nil {
		return
	}
	router.Get(mendPath, mayMend, func(c *gin.Context) error {
		values, err := ParseAddress(c.Request.URL.RawQuery)
		if err != nil {
			return err
		}
		for name := range values {
			if !slices.Contains([]string{"finding", "all", "table", "kind", "severity"}, name) {
				return BadAddress("This page knows nothing of %q.", name)
			}
		}
		return m.ask(s, c, values, false)
	})
	router.Form(mendPath, mayMend, mendFields, func(c *gin.Context) error {
		input, err := posted(c)
		if err != nil {
			return err
		}
		return m.ask(s, c, input, true)
	})
	router.Get(runPath, inspect, func(c *gin.Context) error { return m.run(s, c) })
	router.Form(runPath, mayMend, runFields, func(c *gin.Context) error { return m.cancel(s, c) })
}

// open reports whether the account may mend.
func (m Mending) open(ctx context.Context) bool { return m.Plan != nil && mayMend.open(ctx) }

// mendPage is what pages/debug/mend.html draws.
type mendPage struct {
	Back      string
	Action    string
	Items     []mendItem
	Apply     int  // how many of them can be applied
	Unwritten bool // whether one of them is in no migration
	Problem   string
}

// mendItem is one difference that is to be mended, and what a person says to it.
type mendItem struct {
	schemaFinding
	ID, Name, Refused string
	Asks              string // "confirm", "lose" or "" for nothing
	Typed             string
	Agreed            bool
	Error             string // the sentence beside its field
}

// ask shows what is chosen, and begins to mend it once it is sent with all that it takes.
func (m Mending) ask(s *Site, c *gin.Context, input url.Values, sent bool) error {
	plan, err := m.Plan(c.Request.Context())
	if err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The schema cannot be compared now.", Err: err}
	}
	page := &mendPage{Back: s.Path(schemaPath), Action: s.Path(mendPath)}
	filter := schemaFilter{Table: input.Get("table"), Kind: input.Get("kind"), Severity: input.Get("severity")}
	all, wrong := input.Get("all") != "", false
	var chosen []string
	for _, item := range plan.Items {
		id := item.ID()
		if (!all || !filter.shows(item.Finding)) && !slices.Contains(input["finding"], id) {
			continue
		}
		drawn := m.item(item, input, sent)
		if item.Refused == "" {
			page.Apply++
			chosen = append(chosen, id)
			page.Unwritten = page.Unwritten || item.Unwritten()
		}
		wrong = wrong || drawn.Error != ""
		page.Items = append(page.Items, drawn)
	}
	status := http.StatusOK
	switch {
	case sent && len(chosen) == 0:
		status, page.Problem = http.StatusUnprocessableEntity, "Nothing of what was chosen differs any more, or it cannot be mended from here."
	case sent && wrong:
		status = http.StatusUnprocessableEntity
	case sent:
		err := m.Begin(c.Request.Context(), schema.Consent{
			Takes:     func(f *schema.Finding) bool { return slices.Contains(chosen, f.ID()) },
			Confirmed: input["confirm"], Lost: input["lose"],
		})
		if err == nil {
			c.Redirect(http.StatusSeeOther, s.Path(runPath))
			return nil
		}
		if !errors.Is(err, ErrMending) {
			return &Failure{Status: http.StatusServiceUnavailable, Message: "The mending could not begin.", Err: err}
		}
		status, page.Problem = http.StatusConflict, "Somebody else migrates or mends the schema just now. Look at the run, and try again when it has ended."
	}
	if status != http.StatusOK {
		s.refuse(c, status, "The schema was not mended.")
	}
	return s.render(c, status, view{name: "debug/mend", title: "Mend the schema", page: page})
}

// item is what is drawn of one difference; what it still takes is said beside its field once it was sent.
func (m Mending) item(item schema.Item, input url.Values, sent bool) mendItem {
	drawn := mendItem{schemaFinding: drawn(item.Finding), ID: item.ID(), Name: item.Name(), Refused: item.Refused}
	drawn.Script = ""
	for _, step := range item.Fix {
		drawn.Script += strings.TrimSuffix(step.SQL, ";") + ";\n"
	}
	switch {
	case item.Refused != "":
	case item.Renames():
		drawn.Asks, drawn.Agreed = "confirm", slices.Contains(input["confirm"], drawn.Name)
		if sent && !drawn.Agreed {
			drawn.Error = "Say that it is the same thing, or leave it out."
		}
	case item.Loses():
		drawn.Asks, drawn.Agreed = "lose", slices.Contains(input["lose"], drawn.Name)
		if drawn.Agreed {
			drawn.Typed = drawn.Name
		}
		if sent && !drawn.Agreed {
			drawn.Error = "Type " + drawn.Name + ", or leave it out."
		}
	}
	return drawn
}

// runPage is what pages/debug/run.html draws.
type runPage struct {
	MendingRun
	Path, Back string
	At         string // when it began
	Said       int    // how much of it is done, in percent
	MayCancel  bool
}

// run answers GET /debug/schema/run.
func (m Mending) run(s *Site, c *gin.Context) error {
	run, err := m.Last(c.Request.Context())
	if err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The run cannot be read now.", Err: err}
	}
	page := &runPage{
		MendingRun: run, Path: s.Path(runPath), Back: s.Path(schemaPath), At: run.StartedAt.UTC().Format("2006-01-02 15:04:05"),
		Said: 100 * run.Done / max(run.Total, 1), MayCancel: m.open(c.Request.Context()),
	}
	drawn := view{name: "debug/run", title: "Mending the schema", page: page}
	if run.Running {
		drawn.refresh = runInterval
	}
	return s.render(c, http.StatusOK, drawn)
}

// cancel answers POST /debug/schema/run.
func (m Mending) cancel(s *Site, c *gin.Context) error {
	input, err := posted(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(strings.TrimSpace(single(input, "cancel")), 10, 64)
	if err != nil {
		return BadAddress("%q has to be the number of a run.", "cancel")
	}
	if err := m.Cancel(c.Request.Context(), id); err != nil {
		return &Failure{Status: http.StatusServiceUnavailable, Message: "The run cannot be reached now.", Err: err}
	}
	c.Redirect(http.StatusSeeOther, s.Path(runPath))
	return nil
}

package controllers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"unified/schema"
)

// schemaFilter says which findings are shown. "" means all.
type schemaFilter struct {
	Table, Kind, Severity string
}

// filter reads the parameters.
func (DebugPages) filter(c *gin.Context) (schemaFilter, error) {
	var filter schemaFilter
	values, err := ParseAddress(c.Request.URL.RawQuery)
	if err != nil {
		return filter, err
	}
	known := map[string]*string{"table": &filter.Table, "kind": &filter.Kind, "severity": &filter.Severity}
	for name, given := range values {
		switch {
		case known[name] == nil:
			return filter, BadAddress("This page knows nothing of %q.", name)
		case len(given) > 1:
			return filter, BadAddress("The address says %q twice.", name)
		}
		*known[name] = given[0]
	}
	if filter.Severity != "" && !slices.Contains(severities, filter.Severity) {
		return filter, BadAddress("%q has to be one of %s.", "severity", strings.Join(severities, ", "))
	}
	return filter, nil
}

var severities = []string{string(schema.Breaks), string(schema.Drift), string(schema.Cosmetic)}

func (f schemaFilter) shows(finding schema.Finding) bool {
	return (f.Table == "" || f.Table == finding.Table) && (f.Kind == "" || f.Kind == finding.Kind) &&
		(f.Severity == "" || f.Severity == string(finding.Severity))
}

func (f schemaFilter) query() string {
	values := url.Values{}
	for name, value := range map[string]string{"table": f.Table, "kind": f.Kind, "severity": f.Severity} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// report compares now, and leaves what is asked for.
func (p DebugPages) report(c *gin.Context) (*schema.Report, schemaFilter, []schema.Finding, error) {
	filter, err := p.filter(c)
	if err != nil {
		return nil, filter, nil, err
	}
	report, err := p.Compare(c.Request.Context())
	if err != nil {
		return nil, filter, nil, &Failure{Status: http.StatusServiceUnavailable, Message: "The schema cannot be compared now.", Err: err}
	}
	var shown []schema.Finding
	for _, finding := range report.Script() {
		if filter.shows(finding) {
			shown = append(shown, finding)
		}
	}
	return report, filter, shown, nil
}

// json answers GET /debug/schema.json.
func (p DebugPages) json(c *gin.Context) error {
	report, _, shown, err := p.report(c)
	if err != nil {
		return err
	}
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(http.StatusOK)
	encoder := json.NewEncoder(c.Writer)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"compared_at": report.At, "took_ms": report.Took.Milliseconds(), "role": report.Role, "server": report.Server,
		"not_compared": orEmpty(report.Skipped), "not_visible": orEmpty(report.Invisible), "findings": orEmpty(shown),
	})
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// script answers GET /debug/schema.sql: the fixes, in order. What loses data is a comment until somebody decides.
func (p DebugPages) script(c *gin.Context) error {
	report, _, shown, err := p.report(c)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "-- Compared %s, PostgreSQL %s, as %s.\n", report.At.Format(time.RFC3339), report.Server, report.Role)
	for _, finding := range shown {
		fmt.Fprintf(&text, "\n-- %s: %s\n%s", finding.Severity, oneLine(finding.Message), fixText(finding))
	}
	c.Header("Content-Disposition", `attachment; filename="schema.sql"`)
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(text.String()))
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// fixText is a finding's fix as one text.
func fixText(finding schema.Finding) string {
	if len(finding.Fix) == 0 {
		return "-- What mends this is a matter of judgement.\n"
	}
	loses := slices.ContainsFunc(finding.Fix, func(step schema.Step) bool { return step.Destructive })
	var text strings.Builder
	for _, step := range finding.Fix {
		sql := strings.TrimSuffix(step.SQL, ";") + ";"
		if loses { // all of it, as half of a fix is none
			sql = "-- " + strings.ReplaceAll(sql, "\n", "\n-- ")
		}
		fmt.Fprintf(&text, "%s\n", sql)
	}
	return text.String()
}

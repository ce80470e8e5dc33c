// Package client_test asks a running panel by the client that is generated from the panel's own document. The client is not kept: TestAPI_Client,
// at the root, makes it and runs these tests, with the panel's address in PANEL and an API token in TOKEN.
package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"unified/controllers/api/client"
)

// connect makes a client with the token, or with another one.
func connect(t *testing.T, token string) *client.ClientWithResponses {
	t.Helper()
	if os.Getenv("PANEL") == "" || os.Getenv("TOKEN") == "" {
		t.Fatal("PANEL and TOKEN say which panel is asked, and by whom; go test -run TestAPI_Client at the root sets them")
	}
	c, err := client.NewClientWithResponses(os.Getenv("PANEL"), client.WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// response is what each operation of the client answers.
type response interface {
	StatusCode() int
	GetBody() []byte
}

// must gives what an operation answered; it has to have the status that is asked for.
func must[R response](got R, err error) func(t *testing.T, status int) R {
	return func(t *testing.T, status int) R {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode() != status {
			t.Fatalf("%d instead of %d: %s", got.StatusCode(), status, got.GetBody())
		}
		return got
	}
}

// fresh is a domain that the panel has not seen.
func fresh(name string) string { return fmt.Sprintf("%s-%d.example", name, time.Now().UnixNano()) }

// zone makes a zone, and returns its domain.
func zone(t *testing.T, c *client.ClientWithResponses, name string) string {
	t.Helper()
	domain := fresh(name)
	must(c.CreateDnsZoneWithResponse(t.Context(), nil, client.DnsZoneCreate{
		Domain: domain, SerialNumber: 2026010101, PrimaryNs: "ns1." + domain, AdminEmail: "dns@" + domain, ZoneType: to(client.DnsZoneCreateZoneTypeMaster),
	}))(t, http.StatusCreated)
	return domain
}

// address is a new record of type A.
func address(domain, name, value string) client.DnsRecordCreate {
	return client.DnsRecordCreate{Domain: domain, Name: name, RecordType: client.DnsRecordCreateRecordTypeA, Value: value}
}

// to points at a value.
func to[V any](value V) *V { return &value }

func TestLists_AreReadPageByPage(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "lists")
	for i := range 5 {
		must(c.CreateDnsRecordWithResponse(t.Context(), nil, address(domain, fmt.Sprintf("host%d", i), "192.0.2.7")))(t, http.StatusCreated)
	}
	params := &client.ListDnsRecordsParams{
		Filter: to("domain.is:" + domain), Sort: to(client.DnsRecordsSort{"-name"}), Size: to(2),
		Expand: to(client.DnsRecordsRelations{"domain"}), Count: to(client.ListDnsRecordsParamsCountExact),
	}
	var names []string
	for page := 0; ; page++ {
		got := must(c.ListDnsRecordsWithResponse(t.Context(), params))(t, http.StatusOK).JSON200
		if count := got.Count.MustGet(); count.Rows != 5 || !count.Exact {
			t.Errorf("page %d counts %+v", page, count)
		}
		for _, row := range got.Rows {
			names = append(names, *row.Name)
			if of := row.UnderscoreExpand.Domain.MustGet(); *of.Domain != domain || *of.ZoneType != client.DnsZoneZoneTypeMaster {
				t.Errorf("%s is in %s, a zone of type %s", *row.Name, *of.Domain, *of.ZoneType)
			}
		}
		if got.Next.IsNull() {
			break
		}
		next, err := url.Parse(got.Next.MustGet())
		if err != nil || page > 5 {
			t.Fatalf("after page %d: %v", page, err)
		}
		params.After = to(next.Query().Get("after"))
	}
	if want := []string{"host4", "host3", "host2", "host1", "host0"}; !slices.Equal(names, want) {
		t.Errorf("the pages hold %v, want %v", names, want)
	}
	params.Filter = to("domain.is:" + domain + ";name.is:host3")
	params.After = nil
	if got := must(c.ListDnsRecordsWithResponse(t.Context(), params))(t, http.StatusOK).JSON200; len(got.Rows) != 1 || *got.Rows[0].Name != "host3" {
		t.Errorf("the filter lets through %+v", got.Rows)
	}
}

func TestRecords_AreMadeReadChangedAndDeleted(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "records")
	mail := client.DnsRecordCreate{Domain: domain, Name: "@", RecordType: client.DnsRecordCreateRecordTypeMX, Value: "mail." + domain, Priority: nullable.NewNullableWithValue[int32](10)}
	made := must(c.CreateDnsRecordWithResponse(t.Context(), nil, mail))(t, http.StatusCreated)
	key := made.JSON201.UnderscoreKey
	if made.Headers201.Location != "/api/v1/dns_records/"+key || *made.JSON201.Ttl != 3600 || time.Since(*made.JSON201.CreatedAt).Abs() > time.Hour {
		t.Errorf("%+v at %s", made.JSON201, made.Headers201.Location)
	}
	read := must(c.GetDnsRecordWithResponse(t.Context(), key, nil))(t, http.StatusOK)
	if row := read.JSON200; *row.RecordType != client.DnsRecordRecordTypeMX || row.Priority.MustGet() != 10 || !row.Port.IsNull() {
		t.Errorf("%s", read.Body)
	}
	tag := *read.Headers200.ETag
	must(c.GetDnsRecordWithResponse(t.Context(), key, &client.GetDnsRecordParams{IfNoneMatch: &tag}))(t, http.StatusNotModified)

	change := client.DnsRecordPatch{Value: to("mx." + domain), Priority: nullable.NewNullableWithValue[int32](20)}
	changed := must(c.UpdateDnsRecordWithApplicationMergePatchPlusJSONBodyWithResponse(t.Context(), key, &client.UpdateDnsRecordParams{IfMatch: &tag}, change))(t, http.StatusOK)
	if row := changed.JSON200; *row.Value != "mx."+domain || row.Priority.MustGet() != 20 || *row.Name != "@" || *changed.Headers200.ETag == tag {
		t.Errorf("%s", changed.Body)
	}
	stale := must(c.UpdateDnsRecordWithResponse(t.Context(), key, &client.UpdateDnsRecordParams{IfMatch: &tag}, client.DnsRecordPatch{Ttl: to[int32](60)}))(t, http.StatusPreconditionFailed)
	if problem := stale.ApplicationproblemJSON412; problem.Type != client.UrnUnifiedProblemPreconditionFailed || problem.Status != http.StatusPreconditionFailed || problem.Detail == "" {
		t.Errorf("%s", stale.Body)
	}
	history := must(c.ListDnsRecordChangesWithResponse(t.Context(), key, nil))(t, http.StatusOK).JSON200
	if len(history.Entries) != 2 {
		t.Errorf("%d changes: %+v", len(history.Entries), history)
	}
	must(c.DeleteDnsRecordWithResponse(t.Context(), key, &client.DeleteDnsRecordParams{IfMatch: changed.Headers200.ETag}))(t, http.StatusNoContent)
	gone := must(c.GetDnsRecordWithResponse(t.Context(), key, nil))(t, http.StatusNotFound)
	if gone.ApplicationproblemJSON404.Type != client.UrnUnifiedProblemNotFound {
		t.Errorf("%s", gone.Body)
	}
}

func TestChanges_AreUndone(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "undone")
	key := must(c.CreateDnsRecordWithResponse(t.Context(), nil, address(domain, "www", "192.0.2.7")))(t, http.StatusCreated).JSON201.UnderscoreKey
	must(c.UpdateDnsRecordWithResponse(t.Context(), key, nil, client.DnsRecordPatch{Value: to("192.0.2.8")}))(t, http.StatusOK)
	entry := must(c.ListDnsRecordChangesWithResponse(t.Context(), key, nil))(t, http.StatusOK).JSON200.Entries[0].Id
	must(c.UpdateDnsRecordWithResponse(t.Context(), key, nil, client.DnsRecordPatch{Value: to("192.0.2.9")}))(t, http.StatusOK)
	would := must(c.GetDnsRecordUndoWithResponse(t.Context(), key, entry))(t, http.StatusOK)
	clash := would.JSON200.Steps[0].Fields[0]
	if would.JSON200.Conflicts != 1 || clash.Name != "value" || clash.State != client.StepConflict || clash.Base != "192.0.2.8" || clash.Now != "192.0.2.9" || clash.Then != "192.0.2.7" {
		t.Fatalf("%s", would.Body)
	}
	choice := client.ReversalChoice{Mark: would.JSON200.Mark, Put: to([]string{clash.Put.MustGet()})}
	done := must(c.UndoDnsRecordChangeWithResponse(t.Context(), key, entry, nil, choice))(t, http.StatusOK)
	if row := must(c.GetDnsRecordWithResponse(t.Context(), key, nil))(t, http.StatusOK); !*done.JSON200.There || *row.JSON200.Value != "192.0.2.7" {
		t.Errorf("%s\n%s", done.Body, row.Body)
	}
	stale := must(c.UndoDnsRecordChangeWithResponse(t.Context(), key, entry, nil, choice))(t, http.StatusConflict)
	if stale.ApplicationproblemJSON409.Type != client.UrnUnifiedProblemConflict {
		t.Errorf("%s", stale.Body)
	}
}

func TestLines_AreWrittenWithTheirRow(t *testing.T) {
	c, domain := connect(t, os.Getenv("TOKEN")), fresh("lines")
	line := client.UserUserQuotasNewLine{Service: "dovecot", QuotaType: "storage", QuotaValue: nullable.NewNullableWithValue(int64(5))}
	made := must(c.CreateUserWithResponse(t.Context(), nil, client.UserCreate{
		Username: strings.TrimSuffix(domain, ".example"), Email: "a@" + domain, UnderscoreLines: &client.UserNewLines{UserQuotas: &[]client.UserUserQuotasNewLine{line}},
	}))(t, http.StatusCreated)
	key := made.JSON201.UnderscoreKey
	quotas := func() []client.UserQuota {
		t.Helper()
		return must(c.ListUserQuotasWithResponse(t.Context(), &client.ListUserQuotasParams{Filter: to("user_id.is:" + key)}))(t, http.StatusOK).JSON200.Rows
	}
	there := quotas()
	if len(there) != 1 || there[0].QuotaValue.MustGet() != 5 {
		t.Fatalf("%+v", there)
	}
	change := func(lines ...client.UserUserQuotasLine) client.UserPatch {
		return client.UserPatch{UnderscoreLines: &client.UserLines{UserQuotas: &lines}}
	}
	of := to(there[0].UnderscoreKey)
	wrong := change(client.UserUserQuotasLine{UnderscoreKey: of, QuotaValue: nullable.NewNullableWithValue(int64(-1))})
	said := must(c.UpdateUserWithResponse(t.Context(), key, nil, wrong))(t, http.StatusUnprocessableEntity).ApplicationproblemJSON422
	if errors := *said.Errors; len(errors) != 1 || errors[0].Field != "_lines.user_quotas.0.quota_value" {
		t.Errorf("%+v", errors)
	}
	gone := change(client.UserUserQuotasLine{UnderscoreKey: of, UnderscoreRemove: to(true)})
	must(c.UpdateUserWithResponse(t.Context(), key, nil, gone))(t, http.StatusOK)
	if there = quotas(); len(there) != 0 {
		t.Errorf("%+v", there)
	}
}

func TestValues_KeepTheirTypes(t *testing.T) {
	c, domain := connect(t, os.Getenv("TOKEN")), fresh("values")
	from := time.Date(2026, 5, 31, 14, 30, 0, 123456000, time.UTC)
	sent := client.CertificateCreate{
		Domain: domain, CertificateType: client.CertificateCreateCertificateTypeManual, NotBefore: from, NotAfter: from.AddDate(1, 0, 0),
		CertificatePath: "/etc/ssl/values.pem", PrivateKeyPath: "/etc/ssl/values.key", Issuer: nullable.NewNullableWithValue("Test CA"),
		SubjectAltNames: nullable.NewNullableWithValue([]string{domain, "www." + domain}),
	}
	key := must(c.CreateCertificateWithResponse(t.Context(), nil, sent))(t, http.StatusCreated).JSON201.UnderscoreKey
	read := must(c.GetCertificateWithResponse(t.Context(), key, nil))(t, http.StatusOK)
	row := read.JSON200
	if !row.NotBefore.Equal(from) || !row.LastRenewalSuccess.IsNull() || *row.AcmeChallengeType != client.CertificateAcmeChallengeTypeHttp01 || !slices.Equal(row.SubjectAltNames.MustGet(), sent.SubjectAltNames.MustGet()) {
		t.Errorf("%s", read.Body)
	}
	cleared := must(c.UpdateCertificateWithResponse(t.Context(), key, nil, client.CertificatePatch{Issuer: nullable.NewNullNullable[string]()}))(t, http.StatusOK)
	if row := cleared.JSON200; !row.Issuer.IsNull() || !slices.Equal(row.SubjectAltNames.MustGet(), sent.SubjectAltNames.MustGet()) {
		t.Errorf("%s", cleared.Body)
	}
	some := must(c.GetCertificateWithResponse(t.Context(), key, &client.GetCertificateParams{Fields: to(client.CertificatesFields{"domain", "issuer"})}))(t, http.StatusOK).JSON200
	if *some.Domain != domain || !some.Issuer.IsNull() || some.Subject.IsSpecified() || some.NotAfter != nil {
		t.Errorf("some columns are %+v", some)
	}
	log := must(c.ListAuditLogWithResponse(t.Context(), &client.ListAuditLogParams{
		Filter: to("action.is:create;resource.is:certificates;resource_id.is:" + key),
	}))(t, http.StatusOK)
	if len(log.JSON200.Rows) != 1 {
		t.Fatalf("%s", log.Body)
	}
	entry := log.JSON200.Rows[0]
	ip, err := netip.ParseAddr(entry.IpAddress.MustGet())
	if details, ok := entry.AdditionalData.(map[string]any); err != nil || !ip.IsLoopback() || !ok || len(details) == 0 || entry.Service.MustGet() != client.AuditLogServiceWeb || !entry.StatusCode.IsNull() {
		t.Errorf("%s", log.Body)
	}
}

func TestProblems_AreTyped(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "problems")
	wrong := address(domain, "", "192.0.2.7")
	wrong.Ttl = to[int32](0)
	refused := must(c.CreateDnsRecordWithResponse(t.Context(), nil, wrong))(t, http.StatusUnprocessableEntity)
	problem := refused.ApplicationproblemJSON422
	fields := map[string]string{}
	for _, of := range *problem.Errors {
		fields[of.Field] = of.Detail
	}
	if problem.Type != client.UrnUnifiedProblemInvalid || problem.Request == "" || len(fields) != 2 || fields["ttl"] == "" || fields["name"] == "" {
		t.Errorf("%s", refused.Body)
	}
	twice := must(c.CreateDnsZoneWithResponse(t.Context(), nil, client.DnsZoneCreate{
		Domain: domain, SerialNumber: 1, PrimaryNs: "ns1." + domain, AdminEmail: "dns@" + domain,
	}))(t, http.StatusUnprocessableEntity)
	if errors := *twice.ApplicationproblemJSON422.Errors; len(errors) != 1 || errors[0].Field != "domain" {
		t.Errorf("%s", twice.Body)
	}
	unknown := must(c.ListDnsZonesWithResponse(t.Context(), &client.ListDnsZonesParams{Filter: to("nothing.is:1")}))(t, http.StatusBadRequest)
	if unknown.ApplicationproblemJSON400.Type != client.UrnUnifiedProblemBadRequest {
		t.Errorf("%s", unknown.Body)
	}
	nobody := must(connect(t, "unified_NOBODY").ListDnsZonesWithResponse(t.Context(), nil))(t, http.StatusUnauthorized)
	if nobody.ApplicationproblemJSON401.Type != client.UrnUnifiedProblemUnauthenticated || nobody.Headers401.WWWAuthenticate == "" {
		t.Errorf("%s", nobody.Body)
	}
}

func TestWrites_ActOnceByTheirKey(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "once")
	params := &client.CreateDnsRecordParams{IdempotencyKey: to(domain)}
	first := must(c.CreateDnsRecordWithResponse(t.Context(), params, address(domain, "www", "192.0.2.7")))(t, http.StatusCreated)
	again := must(c.CreateDnsRecordWithResponse(t.Context(), params, address(domain, "www", "192.0.2.7")))(t, http.StatusCreated)
	if first.JSON201.UnderscoreKey != again.JSON201.UnderscoreKey {
		t.Errorf("%s is made, and then %s", first.Body, again.Body)
	}
	must(c.CreateDnsRecordWithResponse(t.Context(), params, address(domain, "ftp", "192.0.2.7")))(t, http.StatusUnprocessableEntity)
	made := must(c.ListDnsRecordsWithResponse(t.Context(), &client.ListDnsRecordsParams{Filter: to("domain.is:" + domain)}))(t, http.StatusOK).JSON200
	if len(made.Rows) != 1 {
		t.Errorf("%+v", made.Rows)
	}
}

func TestImports_ReadWhatWasExported(t *testing.T) {
	c := connect(t, os.Getenv("TOKEN"))
	domain := zone(t, c, "imports")
	load := func(status int, lines string) *client.ImportDnsRecordsResponse {
		t.Helper()
		return must(c.ImportDnsRecordsWithBodyWithResponse(t.Context(), nil, "application/jsonl", strings.NewReader(lines)))(t, status)
	}
	var lines strings.Builder
	for _, record := range []client.DnsRecordCreate{address(domain, "a", "192.0.2.1"), address(domain, "b", "192.0.2.2")} {
		if err := json.NewEncoder(&lines).Encode(record); err != nil {
			t.Fatal(err)
		}
	}
	if report := load(http.StatusOK, lines.String()).JSON200; report.Created != 2 || len(report.Rows) != 2 || report.Rows[1].Result != client.Created {
		t.Errorf("%+v", report)
	}
	exported, err := c.ExportDnsRecords(t.Context(), &client.ExportDnsRecordsParams{Filter: to("domain.is:" + domain), Fields: to([]client.ExportDnsRecordsParamsFields{"id", "value"})})
	if err != nil {
		t.Fatal(err)
	}
	defer exported.Body.Close()
	file, err := io.ReadAll(exported.Body)
	if err != nil || exported.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", exported.StatusCode, err)
	}
	changed := strings.Replace(string(file), "192.0.2.2", "192.0.2.3", 1)
	if report := load(http.StatusOK, changed).JSON200; report.Created != 0 || report.Changed != 1 || report.Same != 1 {
		t.Errorf("%+v", report)
	}
	refused := load(http.StatusUnprocessableEntity, strings.Replace(changed, "192.0.2.3", "", 1))
	if report := *refused.ApplicationproblemJSON422.Report; !slices.ContainsFunc(report, func(row client.ReportRow) bool {
		return row.Result == client.Wrong && (*row.Errors)[0].Field == "value"
	}) {
		t.Errorf("%s", refused.Body)
	}
}

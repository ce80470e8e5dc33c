package auth_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/argon2"

	"unified/admin"
	"unified/auth"
	"unified/database"
	"unified/internal/testdb"
)

// house is a database with a gate before it.
type house struct {
	t      testing.TB
	pool   *pgxpool.Pool // of the owner; store and gate are of the serving role
	served *pgxpool.Pool
	finder auth.Finder
	store  *auth.Store
	gate   *auth.Gate
}

// builder makes a house.
type builder func(testing.TB, auth.StoreOptions) *house

// bothWays runs a test with each of the ways to find people.
func bothWays(t *testing.T, test func(*testing.T, builder)) {
	t.Run("sql", func(t *testing.T) { test(t, newHouse) })
	t.Run("orm", func(t *testing.T) { test(t, ormHouse) })
}

// newHouse makes a house whose people are found in plain SQL.
func newHouse(t testing.TB, options auth.StoreOptions) *house {
	t.Helper()
	return build(t, options, func(db *database.DB) auth.Finder { return auth.SQL(db.Pool) })
}

// ormHouse makes a house whose people are found by the models.
func ormHouse(t testing.TB, options auth.StoreOptions) *house {
	t.Helper()
	return build(t, options, func(db *database.DB) auth.Finder { return ormFinder(t, db) })
}

func ormFinder(t testing.TB, db *database.DB) auth.Finder {
	t.Helper()
	finder, err := admin.Finder(db.Gorm, db.Pool)
	if err != nil {
		t.Fatal(err)
	}
	return finder
}

func build(t testing.TB, options auth.StoreOptions, ask func(*database.DB) auth.Finder) *house {
	t.Helper()
	db := testdb.New(t)
	app := db.App()
	pool, finder := app.Pool, ask(app)
	store := auth.NewStore(pool, finder, options)
	return &house{t, db.Pool, pool, finder, store, auth.NewGate(pool, finder, store)}
}

// person adds somebody with the password good for service web and returns their id.
func (h *house) person(name string) (id int64) {
	h.t.Helper()
	id = h.number(`INSERT INTO users (username, email) VALUES ($1, $2) RETURNING id`, name, name+"@Example.org")
	h.exec(`INSERT INTO user_passwords (user_id, service, password_hash, hash_scheme) VALUES ($1, 'web', $2, 'ARGON2')`,
		id, cheap(good))
	return id
}

// cheap returns a hash as Argon2id makes it, but at a cost that the many sign-ins of these tests can bear.
func cheap(password string) string {
	salt, b64 := []byte("salt of the tests"), base64.RawStdEncoding
	key := argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)
	return "$argon2id$v=19$m=64,t=1,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(key)
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.pool.Exec(context.Background(), sql, args...); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

func (h *house) number(sql string, args ...any) (n int64) {
	h.t.Helper()
	if err := h.pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (h *house) text(sql string, args ...any) (text string) {
	h.t.Helper()
	if err := h.pool.QueryRow(context.Background(), sql, args...).Scan(&text); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// browser keeps the session cookie between requests.
type browser struct {
	*house
	cookie *http.Cookie
	from   string // the address; "" is 192.0.2.7
}

func (h *house) browser() *browser { return &browser{house: h} }

// signedIn returns a browser in which a new person of this name has signed in.
func (h *house) signedIn(name string) (b *browser, userID int64) {
	h.t.Helper()
	userID = h.person(name)
	b = h.browser()
	if err := b.signIn(name, good); err != nil {
		h.t.Fatal(err)
	}
	return b, userID
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/login?secret=1", http.NoBody)
	r.Header.Set("User-Agent", "a browser")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	request := auth.NewRequest(r, "request-1", cmp.Or(b.from, "192.0.2.7"))
	return r.WithContext(auth.WithRequest(r.Context(), request))
}

// keep stores the session cookie that an answer sets.
func (b *browser) keep(w *httptest.ResponseRecorder) {
	for _, cookie := range w.Result().Cookies() {
		if cookie.Name == b.store.Name() {
			b.cookie = cookie
		}
	}
}

func (b *browser) signIn(name, password string) error {
	w := httptest.NewRecorder()
	defer b.keep(w)
	return b.gate.SignIn(w, b.request(), name, password)
}

func (b *browser) signOut() error {
	w := httptest.NewRecorder()
	defer b.keep(w)
	return b.gate.SignOut(w, b.request())
}

// account returns the name of who the server takes this browser for, "" for a visitor.
func (b *browser) account() string {
	b.t.Helper()
	account, ok, err := b.store.Account(b.request())
	if err != nil {
		b.t.Fatal(err)
	}
	if ok == (account.ID == 0) {
		b.t.Fatalf("ok = %v with account %v", ok, account)
	}
	return account.Name
}

// inSession does something with the session in a request of its own and saves it.
func (b *browser) inSession(do func(*sessions.Session)) {
	b.t.Helper()
	r := b.request()
	session, err := b.store.Get(r, b.store.Name())
	if err != nil {
		b.t.Fatal(err)
	}
	do(session)
	if err := session.Save(r, httptest.NewRecorder()); err != nil {
		b.t.Fatal(err)
	}
}

func TestCookieName(t *testing.T) {
	name := auth.CookieName(8080, "", false)
	if !strings.HasPrefix(name, "__Host-unified-") || len(name) != len("__Host-unified-")+6 {
		t.Errorf("name = %q", name)
	}
	for what, other := range map[string]string{
		"another_port":   auth.CookieName(8081, "", false),
		"another_prefix": auth.CookieName(8080, "/x", false),
		"plain_http":     auth.CookieName(8080, "", true),
	} {
		t.Run(what+"_has_another_name", func(t *testing.T) {
			if other == name {
				t.Errorf("both are %q", name)
			}
		})
	}
}

func TestNewRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodTrace, "/users?q=secret", http.NoBody)
	r.URL.Path = "/" + strings.Repeat("ü", 1200) + "\x00"
	r.Header.Set("User-Agent", "odd \xff\x00 agent")
	request := auth.NewRequest(r, "id", "::ffff:192.0.2.7")
	if got := len([]rune(request.Path)); got != 1000 {
		t.Errorf("the path has %d characters", got)
	}
	if request.Method != "" || request.Agent != "odd \uFFFD\uFFFD agent" || request.Address != "192.0.2.7" {
		t.Errorf("request = %+v", request)
	}
}

func TestRequest_Network(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8::1:2": "2001:db8::/64", "fe80::1%eth0": "fe80::/64", "somewhere": "", "": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if got := auth.NewRequest(r, "", address).Network(); got != want {
			t.Errorf("the network of %q is %q, want %q", address, got, want)
		}
	}
}

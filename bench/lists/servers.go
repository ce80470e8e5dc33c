package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/PuerkitoBio/goquery"

	"unified/crud/keyset"
	"unified/database"
)

// server is a child process that answers on the loopback.
type server struct {
	address string // "http://localhost:1234"
	cookie  string // of who is signed in; "" for nobody
	process *exec.Cmd
	client  *http.Client
	walked  atomic.Int64 // how many pages
}

var addresses = regexp.MustCompile(`http://[^/\s]+`)

// start runs a program and waits for the line on which it says where it listens.
func start(command *exec.Cmd) (*server, error) {
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{process: command, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if s.address = addresses.FindString(lines.Text()); s.address != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s did not start: %w", command.Path, errors.Join(lines.Err(), command.Wait()))
}

func (s *server) stop() {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait()
}

// startPanel starts bin/unified as anybody would, its log included, and signs the administrator in.
func startPanel(ctx context.Context, postgres *database.Running) (*server, error) {
	command := exec.CommandContext(ctx, "bin/unified", "serve")
	command.Env = append(os.Environ(), "PORT=0", "DATABASE_URL="+postgres.OwnerURL, "DATABASE_URL_APP="+postgres.AppURL)
	command.Stderr = io.Discard
	s, err := start(command)
	if err != nil {
		return nil, err
	}
	form := url.Values{"name": {"admin"}, "password": {"admin123"}} // the account that everybody knows
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", s.address)
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	s.cookie, _, _ = strings.Cut(answer.Header.Get("Set-Cookie"), ";")
	if answer.StatusCode != http.StatusSeeOther || s.cookie == "" {
		s.stop()
		return nil, fmt.Errorf("the sign-in answered %s", answer.Status)
	}
	return s, nil
}

func startFloor(ctx context.Context, postgres *database.Running) (*server, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, own, floorCommand)
	command.Env = append(os.Environ(), "DATABASE_URL="+postgres.AppURL)
	command.Stderr = os.Stderr
	return start(command)
}

// ask visits a page several times from some clients. It returns the server's processor time for each visit, and the median of the
// time that a client waits.
func (s *server) ask(ctx context.Context, visit visit, requests, clients int) (cpu, waited time.Duration, err error) {
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	times, errs := make([]time.Duration, requests), make([]error, clients)
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for i := client; i < requests && errs[client] == nil; i += clients {
				began := time.Now()
				errs[client] = visit(ctx, i)
				times[i] = time.Since(began)
			}
		})
	}
	group.Wait()
	after, err := s.cpu()
	return (after - before) / time.Duration(requests), median(times), cmp.Or(errors.Join(errs...), err)
}

// visit is what a client does with a page, for the n-th time.
type visit func(ctx context.Context, n int) error

// visit asks for a list, or for the form of one row after another, in which it types another name.
func (s *server) visit(path string, screen screen) visit {
	if does := programs[screen.program]; does != nil {
		return does(s, path)
	}
	if !screen.edited {
		return func(ctx context.Context, _ int) error {
			path := path + s.cursor(screen)
			body, err := s.send(ctx, http.MethodGet, path, nil)
			if rows := bytes.Count(body, []byte("<tr>")); err == nil && rows < 100 {
				return fmt.Errorf("%s has %d rows", path, rows)
			}
			return err
		}
	}
	return func(ctx context.Context, n int) error {
		row := path + strconv.Itoa(1000+n)
		body, err := s.send(ctx, http.MethodGet, row+"/edit", nil)
		if err != nil {
			return err
		}
		page, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		form := typed(page.Find("main form"))
		form.Set("last_name", "Name "+strconv.FormatInt(time.Now().UnixNano(), 36))
		_, err = s.send(ctx, http.MethodPost, row, form)
		return err
	}
}

// cursor is where the next page of a screen that is walked begins; "" for others.
func (s *server) cursor(screen screen) string {
	if screen.walked == 0 {
		return ""
	}
	id := strconv.FormatInt(screen.walked-100*s.walked.Add(1), 10)
	if s.cookie == "" { // the floor
		return id
	}
	return keyset.Encode("-id", []*string{&id})
}

// typed is what a browser sends of a form.
func typed(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], textarea[name]").Each(func(_ int, control *goquery.Selection) {
		kind := control.AttrOr("type", "")
		if _, on := control.Attr("checked"); on || kind != "checkbox" && kind != "radio" {
			values.Add(control.AttrOr("name", ""), control.AttrOr("value", control.Text()))
		}
	})
	form.Find("select[name]").Each(func(_ int, control *goquery.Selection) {
		values.Add(control.AttrOr("name", ""), control.Find("option[selected]").AttrOr("value", ""))
	})
	return values
}

// send returns a page; a form that is sent has to lead on.
func (s *server) send(ctx context.Context, method, path string, form url.Values) ([]byte, error) {
	if form == nil {
		return s.request(ctx, method, path, message{}, http.StatusOK)
	}
	return s.request(ctx, method, path, message{"application/x-www-form-urlencoded", form.Encode()}, http.StatusSeeOther)
}

// message is what is sent to a server; the zero message is nothing.
type message struct{ kind, text string }

// request sends a message as who is signed in, and returns what is answered with the status that is wanted.
func (s *server) request(ctx context.Context, method, path string, sent message, want int) ([]byte, error) { //nolint:revive // each is a thing of its own
	request, err := http.NewRequestWithContext(ctx, method, s.address+path, strings.NewReader(sent.text))
	if err != nil {
		return nil, err
	}
	if sent.kind != "" {
		request.Header.Set("Content-Type", sent.kind)
		request.Header.Set("Origin", s.address)
	}
	if s.cookie != "" {
		request.Header.Set("Cookie", s.cookie)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s %s answered %s", method, path, answer.Status)
	}
	return body, err
}

// tick is the unit of processor time in /proc.
const tick = time.Second / 100

// cpu returns the processor time that the process has taken, its system calls included.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.process.Process.Pid) + "/stat")
	if err != nil {
		return 0, err
	}
	_, behind, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(behind)
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(errUser, errSystem)
}

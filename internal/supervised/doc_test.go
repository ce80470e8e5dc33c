// Package supervised tests run_server.go and supervisord.conf on a copy of the checkout, with a real supervisord, servers,
// builds and private PostgreSQL clusters.
package supervised

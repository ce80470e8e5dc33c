// Package database is everything the panel needs of PostgreSQL before a query is made: a private server where none is
// given (Cluster), the database itself (Ensure), its schema (Migrate, Down, Status), rights for the serving role, and
// one bounded pool for pgx and GORM alike (Open).
//
// Errors of a wrong address, password or right are one sentence for the person who set them, and never hold a password.
package database

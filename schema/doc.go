// Package schema compares a PostgreSQL schema with what GORM models and migration files say it is.
//
// What is expected is built by PostgreSQL itself: GORM makes the models' tables, and the migrations run, in scratch schemas
// of a transaction that is rolled back. Expected and found are then read by the same catalog queries, so both are printed
// by the same server in the same words. Nothing is changed, and no lock above ACCESS SHARE is taken on what is compared.
package schema

-- The shape of a film rental: an enumeration, a domain, arrays, a text search, keys of two columns, a circle of tables, views.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN label AS varchar(50);
CREATE TABLE country (country_id serial PRIMARY KEY, country text NOT NULL, last_update timestamptz NOT NULL DEFAULT now());
CREATE TABLE city (city_id serial PRIMARY KEY, city text NOT NULL, country_id integer NOT NULL REFERENCES country ON UPDATE CASCADE ON DELETE RESTRICT);
CREATE INDEX idx_fk_country_id ON city (country_id);
CREATE TABLE address (
	address_id serial PRIMARY KEY, address text NOT NULL, address2 text, district text NOT NULL DEFAULT '', city_id integer NOT NULL REFERENCES city,
	phone text NOT NULL, place point);
CREATE TABLE language (language_id serial PRIMARY KEY, name character(20) NOT NULL);
CREATE TABLE actor (actor_id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, last_update timestamp NOT NULL DEFAULT now());
CREATE INDEX idx_actor_last_name ON actor (last_name);
CREATE TABLE category (category_id smallserial PRIMARY KEY, name label NOT NULL);
CREATE TABLE film (
	film_id serial PRIMARY KEY, title text NOT NULL, description text, release_year year, language_id integer NOT NULL REFERENCES language,
	original_language_id integer REFERENCES language, rental_duration smallint NOT NULL DEFAULT 3, rental_rate numeric(4,2) NOT NULL DEFAULT 4.99,
	length smallint, rating mpaa_rating DEFAULT 'G', special_features text[], ratings mpaa_rating[],
	fulltext tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || coalesce(description, ''))) STORED,
	last_update timestamptz NOT NULL DEFAULT now(), CONSTRAINT film_length CHECK (length IS NULL OR length BETWEEN 1 AND 900),
	CONSTRAINT film_features CHECK (special_features <@ ARRAY['Trailers', 'Commentaries', 'Deleted Scenes']));
COMMENT ON TABLE film IS 'Films that can be rented.';
COMMENT ON COLUMN film.rating IS 'Who may see it.';
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE INDEX film_title ON film USING hash (title);
CREATE UNIQUE INDEX film_once ON film (lower(title), coalesce(release_year::integer, 0));
CREATE TABLE film_actor (
	actor_id integer NOT NULL REFERENCES actor, film_id integer NOT NULL REFERENCES film, last_update timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (actor_id, film_id));
CREATE TABLE film_category (film_id integer REFERENCES film, category_id smallint REFERENCES category, PRIMARY KEY (film_id, category_id));
CREATE TABLE store (store_id serial PRIMARY KEY, manager_staff_id integer NOT NULL UNIQUE, address_id integer NOT NULL REFERENCES address);
CREATE TABLE staff (
	staff_id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, address_id integer NOT NULL REFERENCES address, email text,
	store_id integer NOT NULL REFERENCES store, active boolean NOT NULL DEFAULT true, username text NOT NULL, picture bytea);
ALTER TABLE store ADD CONSTRAINT store_manager_staff_id_fkey FOREIGN KEY (manager_staff_id) REFERENCES staff (staff_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE shelf (store_id integer REFERENCES store, number smallint, note text NOT NULL DEFAULT '', PRIMARY KEY (store_id, number));
CREATE TABLE inventory (
	inventory_id serial PRIMARY KEY, film_id integer NOT NULL REFERENCES film, store_id integer NOT NULL REFERENCES store, shelf_store_id integer, shelf_number smallint,
	CONSTRAINT inventory_shelf FOREIGN KEY (shelf_store_id, shelf_number) REFERENCES shelf (store_id, number) ON DELETE SET NULL);
CREATE INDEX idx_store_id_film_id ON inventory (store_id, film_id);
CREATE TABLE customer (
	customer_id serial PRIMARY KEY, store_id integer NOT NULL REFERENCES store, first_name text NOT NULL, last_name text NOT NULL, email text,
	address_id integer NOT NULL REFERENCES address, activebool boolean NOT NULL DEFAULT true, create_date date NOT NULL DEFAULT CURRENT_DATE, stay tstzrange);
CREATE INDEX idx_customer_active ON customer (last_name) WHERE activebool;
CREATE TABLE rental (
	rental_id serial PRIMARY KEY, rental_date timestamptz NOT NULL, inventory_id integer NOT NULL REFERENCES inventory, customer_id integer NOT NULL REFERENCES customer,
	return_date timestamptz, staff_id integer NOT NULL REFERENCES staff, CONSTRAINT rental_once UNIQUE (rental_date, inventory_id, customer_id));
CREATE TABLE payment (
	payment_id serial PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer, staff_id integer NOT NULL REFERENCES staff, rental_id integer NOT NULL REFERENCES rental,
	amount numeric(5,2) NOT NULL, payment_date timestamptz NOT NULL);
CREATE VIEW customer_list AS SELECT c.customer_id AS id, (c.first_name || ' ' || c.last_name) AS name, a.address, a.phone, ci.city, co.country
	FROM customer c JOIN address a USING (address_id) JOIN city ci USING (city_id) JOIN country co USING (country_id);
CREATE VIEW actor_info AS SELECT first_name, last_name, array_agg(film_id) AS films FROM actor LEFT JOIN film_actor USING (actor_id) GROUP BY first_name, last_name;
COMMENT ON VIEW actor_info IS 'Actors by name.';
CREATE MATERIALIZED VIEW rental_by_category AS SELECT c.name AS category, sum(p.amount) AS total_sales FROM payment p JOIN rental USING (rental_id)
	JOIN inventory USING (inventory_id) JOIN film_category USING (film_id) JOIN category c USING (category_id) GROUP BY c.name WITH NO DATA;

INSERT INTO country (country) VALUES ('Austria');
INSERT INTO city (city, country_id) VALUES ('Wien', 1);
INSERT INTO address (address, city_id, phone, place) VALUES ('Ring 1', 1, '1', '(1,2)');
INSERT INTO language (name) VALUES ('German');
INSERT INTO actor (first_name, last_name) VALUES ('Romy', 'Schneider');
INSERT INTO category (name) VALUES ('Drama');
INSERT INTO film (title, release_year, language_id, special_features, ratings) VALUES ('Sissi', 1955, 1, '{Trailers,"Deleted Scenes"}', '{G,PG}'), ('Sissi II', NULL, 1, NULL, NULL);
INSERT INTO film_actor VALUES (1, 1);
INSERT INTO film_category VALUES (1, 1);
BEGIN;
INSERT INTO store (manager_staff_id, address_id) VALUES (1, 1);
INSERT INTO staff (first_name, last_name, address_id, store_id, username, picture) VALUES ('Mike', 'Hillyer', 1, 1, 'mike', '\x00ff');
COMMIT;
INSERT INTO shelf VALUES (1, 1, 'by the door');
INSERT INTO inventory (film_id, store_id, shelf_store_id, shelf_number) VALUES (1, 1, 1, 1), (1, 1, NULL, NULL);
INSERT INTO customer (store_id, first_name, last_name, address_id, stay) VALUES (1, 'Mary', 'Smith', 1, '[2020-01-01,2020-02-01)');
INSERT INTO rental (rental_date, inventory_id, customer_id, staff_id) VALUES ('2020-01-02 03:04:05+00', 1, 1, 1);
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date) VALUES (1, 1, 1, 4.99, now());
REFRESH MATERIALIZED VIEW rental_by_category;

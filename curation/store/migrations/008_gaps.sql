-- What a pull knows it has not read; one that can be read has a cursor under its stream's name until it is.
create table gap (
    id bigint not null,
    source integer not null,
    stream varchar not null,
    why varchar not null,
    found_at timestamp not null,
    closed_at timestamp
);

-- What a look for themes and campaigns found, as JSON; comments stand in it by their id, never by their text.
create table theme_run (
    id bigint primary key,
    made_at timestamp not null,
    who varchar not null,
    body varchar not null
);

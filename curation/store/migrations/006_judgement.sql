-- What a person said of a head of a comment, beside what the tagger had said of it until then: what quality is measured
-- by and what heads learn from. `value` and, for topics, `said` are lists as in comment.topics.
create table judgement (
    comment_id bigint not null,
    version integer not null,
    name varchar not null,
    value varchar not null,
    said varchar,
    score real,
    unsure boolean not null,
    tagger integer not null,
    confirmed boolean not null,
    who varchar not null,
    made_at timestamp not null
);

insert into judgement
select c.comment_id, m.version, c.name, any_value(c.value), any_value(t.value), any_value(t.score),
    coalesce(any_value(t.unsure), false), coalesce(any_value(t.tagger), 0), false, any_value(c.who), max(c.made_at)
from correction c join comment m on m.id = c.comment_id
    left join tag t on t.comment_id = c.comment_id and t.name = c.name
where c.name <> 'topic' group by c.comment_id, m.version, c.name;

insert into judgement
select c.comment_id, m.version, 'topic', any_value(m.topics),
    coalesce((select '|' || string_agg(t.value, '|' order by t.value) || '|' from tag t
        where t.comment_id = c.comment_id and t.name = 'topic'), ''),
    null, false, coalesce(any_value(m.tagged), 0), false, any_value(c.who), max(c.made_at)
from correction c join comment m on m.id = c.comment_id
where c.name = 'topic' group by c.comment_id, m.version;

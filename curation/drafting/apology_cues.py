"""The words that show an element of an apology, and those that spoil it; `curation.drafting.cues.phrases` says how they are written."""

from curation.drafting.cues import BLAME, INVITE, phrases

_BAD_EN = (
    "(?:late|early|delayed|broken|damaged|wrong|wrongly|missing|lost|twice|cold|dirty|rude|closed|down|stuck|cracked|torn|spoiled"
    "|expired|faulty|incorrect|out of service|out of order|misspelt|misspelled|stale|empty|noisy|unanswered|unusable|held|cut off|cut out"
    "|in pieces|leaking|unavailable|offline|false|outdated|old|burnt|mould\\w*|rotten|scratched|overcharged|deleted|removed|blocked"
    "|cancelled|ignored|hurt|unfair|unsafe|insult\\w*|leaked|short|dead|refused|mixed up|disappeared|vanished|failed|crashed|frozen"
    "|locked|sour|unpaid|awake|iced over|hungry|dry|soaked|wet|bitten|injured|ill|overbooked|double-booked|too \\w{3,10}|turned away|mistook"
    "|not (?:there|work|come|arrive|open|ready|answered)|never (?:came|arrived|answered|called)|didn't \\w{3,12}|did not \\w{3,12}|hair)"
)
_BAD_FR = (
    "(?:retard|cassée?s?|abîmée?s?|fausse?s?|faux|mauvaise?s?|manquant\\w*|manquait|perdue?s?|deux fois|froide?s?|sales?|impolie?s?|fermée?s?"
    "|en panne|bloquée?s?|déchirée?s?|périmée?s?|défectueu\\w+|incorrecte?s?|hors service|mal|en morceaux|vides?|supprimée?s?|coupée?s?"
    "|erronée?s?|ancienne?s?|ancien|brûlée?s?|moisie?s?|rayée?s?|injoignables?|annulée?s?|refusée?s?|ignorée?s?|blessée?s?|insult\\w+|injuste\\w*"
    "|disparue?s?|trop \\w{3,10}|plus tôt|sans réponse|égarée?s?|mélangée?s?|brisée?s?|tordue?s?|tachée?s?|illisibles?|interrompue?s?|impayée?s?"
    "|verglacée?s?|tourné|refoulée?s?|trempée?s?|malades?|introuvables?|éveillée?s?|prévenue?s?|cheveu|arrêtée?s?"
    "|pas (?:été|reçu|venue?s?|arrivée?s?|répondu|ouverte?|prêts?|prêtes?))"
)
_DID_EN = (
    "(?:failed|forgot|forgotten|lost|missed|neglected|overlooked|messed up|let you down|charged you|billed|overcharged|sold|published"
    "|cut off|mishandled|misjudged|mixed up|confused|underestimated|ignored|deleted|broke|disappointed|hurt|misled|rushed|refused|wronged"
    "|fell short|mistook|double-booked|overbooked|blocked|skipped|spelt|shipped|quoted|gave you|left you|kept you|put off|shouted|lost sight"
    "|dropped the ball|took (?:far|so|too)|turned you away|sent you the|called you|interrupted|assumed|misread|misplaced|damaged|spilt|set the|showed)"
)
_DID_FR = (
    "(?:failli|oublié|perdue?|manqué|négligé|omis|commis|vendu|publié|débité|facturé|coupé|repoussé|déçue?s?|laissée?s?|réglé|égarée?s?"
    "|confondu|tardé|sous-estimé|annulé|refusé|donné|blessé|ignoré|supprimé|mélangé|noté|saisi|envoyé|trompée?s?|interverti|bloqué|sauté"
    "|imprimé|affiché|montré|livré|crié|clos|fait (?:attendre|payer|perdre|une erreur|erreur)|induit|appelé par|réservé deux|cassé|abîmé|renversé"
    "|mal \\w{3,12}|eu tort|été (?:négligents?|maladroits?|injustes?|trop lents?)|sorti ~ sans|promis)"
)

SHOWS = {
    "en": {
        "regret": phrases(r"sorry / apolog(?:y|ies|i[sz]e[ds]?|i[sz]ing) / (?:i|we) ~ regret / regret (?:it|this) / ashamed / remorse / excuse us"),
        "happened": phrases(rf"""
(?:sorry|apolog\w{{1,6}}|regret)(?: \w{{1,12}})? (?:that|for|about|to hear that)(?: the| your| our| my| how| not| all)? (?!(?:this|that|it|the|any|what|everything|inconvenience|trouble|confusion|issues?|problems?|situation|misunderstanding|hear|you|we|our|anyone|someone|being|your|all)(?!\w))\w{{2,20}}
(?:sorry|regret|apologi[sz]e)(?: that)? (?:you|we|our|my|your|i)(?:r)? ~ \w{{2,20}} / (?:you|your|our|we|i|the|it|they|an?|whose|nobody|everybody) ~~ {_BAD_EN}
<DID> ~ {_DID_EN} / <DID> ~~ (?:instead of|rather than|without (?:\w+ing|your)|before you) / (?:nobody|no one) ~ (?:called|answered|replied|came|told|helped|warned|turned up)
(?:you|your \w{{1,15}}) ~ (?:waited|sat|stood|were left|had to|got \w{{1,10}} (?:alerts|times|messages)) / without (?:asking|telling|warning)
wrong to / more \w{{3,12}} than there / (?:was|were)n't (?:yours|true|right|there) / not to turn up / (?:addresse[ds]|sent) ~ (?:after|to the wrong|to each other)
"""),
        "empathy": phrases(r"""
(?:i|we)(?: can| do| completely| fully| really| truly| well| only| quite| can only| cannot| can hardly| can't)* (?:understand|imagine|see|appreciate|know|think) (?:how|what|your|why|that (?:this|it|you)|a worse)
(?:must|can't|cannot) (?:have|be) ~ (?:awful|terrible|frustrat\w+|stress\w+|upset\w*|frighten\w*|exhaust\w+|hard|annoying|painful|disappointing|worrying|difficult|distressing|afraid|easy|maddening|unsettling|humiliating|scary|lonely)
(?:that|this|it) (?:sounds|must have been|must be|was|is) (?:really |so |very |truly |deeply )?(?:stressful|awful|terrible|frustrating|horrible|upsetting|annoying|painful|maddening|humiliating)
what an? (?:\w{3,12} )?(?:horrible|awful|terrible|frustrating|stressful|bad|miserable|day|night|way|week|shock|start) / i hear you / in your (?:place|shoes|position) / (?:every|no) (?:right|reason|wonder)
(?:you are|you're) right to be / no wonder / you deserved? / (?:can )?see why / what it(?: i|')s like / how much (?:it|this|that|he|she|they) (?:meant|means) / must (?:be|have been) \w{3,14} (?:for|to) / fed up / (?:while|when) (?:you were )?(?:grieving|mourning|in pain) / how (?:small|unwelcome|alone|unsafe|ignored)
how (?:frustrat\w+|upset\w*|disappoint\w+|worr\w+|afraid|frighten\w+|exhaust\w+|hard|stress\w+|annoy\w+|pain\w+|hurt\w*|humiliat\w+)
"""),
        "responsibility": phrases(rf"""
<DID> ~ {_DID_EN} / <DID> ~~ (?:wrong|wrongly|twice|by mistake|instead of|rather than|without \w+ing|badly|carelessly|unfairly|too \w{{3,8}}|in error)
<DID> (?:made|make) ~ (?:mistakes?|errors?) / <DID>(?: should| ought to)(?: not|n't| never)? have / (?:we|i) (?:were|was) (?:wrong|careless|slow|too \w{{2,10}}|not good enough|unfair|out of line|rude)
(?:we|i)(?: had not| hadn't| did not| didn't) (?!(?:receive|find|say|mean|intend)(?!\w))\w{{3,12}} / (?:this|that|it) (?:was|is|'s) ~ (?:our|my) ~ (?:fault|mistake|error|responsibility|doing|failure|bad|decision)
(?:is|was|'s)(?: entirely| all| fully| wholly)? (?:on|down to) (?:us|me) / down to (?:us|me) / (?:our|my)(?: own)? (?:fault|mistake|error|bad|failure|carelessness|negligence|oversight)
(?:take|accept|bear) ~ (?:responsibility|blame) / (?:we|i)(?:'re| are|'m| am) (?:responsible|to blame) / it (?:was|is) (?:us|me|we|i)(?: who| that)? / this was (?:me|us) / i(?:'ll| will)? own (?:up|this|that|it)
nobody else is to blame / never have (?:spoken|happened|been) / we owe you / i owe you / no excuse / without excuse / own (?:this|up|it) / (?:you )?caught us / (?:i|we) made it / our (?:doing|failing)
"""),
        "explanation": phrases(r"""
because / the reason / caused by / due to / owing to / which is (?:why|a|an|because) / that is why / (?:as|since|while) (?:our|we|the|it|somebody|nobody|one|two|an?|i) / when (?:we|our|the|it) ~ \w{2,20}
(?:came|comes|stems|resulted) from / happen(?:s|ed) (?:when|because|as) / whenever / <DID> (?:assumed|thought|believed|expected|mistook) / so (?:our|the|we) ~ (?:were|was|could|did)
our (?:system|payment page|software|supplier|server|database|form) ~ \w{3,20} / (?:were|was) ~ (?:ill|short of staff|understaffed|sick|on leave) / (?:burst|gave (?:up|out|way)|broke down|ran out|turned out|fell ill|was wet)
in a hurry / behind with / (?:had|has) (?:failed|broken|run out|expired|crashed|been (?:wrongly|set|moved|switched|given)) / (?:after|before) (?:the|our|an?) \w{3,15} (?:changed|moved|failed|broke|switched)
(?:stopped|changed|started|moved) (?:on|earlier|later|without) / (?:the|a) \w{3,15} (?:failed|broke|stopped|froze|leaked|changed) / everybody wants / never came back / short cut / with similar
"""),
        "repair": phrases(r"""
refund(?:s|ed|ing)? / reimburse\w{0,4} / replac(?:e[ds]?|ing|ements?) / compensat(?:e[ds]?|ion|ing) / vouchers? / credit(?:ed|ing)? / money ~ (?:back|account) / (?:full )?price back / \d{1,3} ?% off
(?:send|sent|sending|bring|brings|deliver|delivers|post|posted|print|printing|get|leaves|ship|shipped) ~ (?:new|another|spare|right|correct|replacement)
(?:right|correct|correction|corrected|new|another|spare|second) ~ (?:leaves|goes|posted|delivered|comes|on the way|is (?:attached|in your|ready|on)|are waiting)
(?:we|i)(?:'ve|'ll| have| had| will|'re| are|'m| am|'re going to|'m going to)? ~ (?:fix(?:ed|ing)?|correct(?:ed|ing)?|repair(?:ed|ing)?|mend(?:ed|ing)?|restor(?:ed|ing|e)|raised|put back|put the|sort(?:ed|ing)? ~ out|make (?:it|this) (?:right|good|up)|undo|undone|reopened|reported|picked it up|re-?stitch|release|answer you in writing|call you)
(?:technician|courier|seamstress|engineer|plumber|colleague|driver|crew|doctor|replacement|fix) ~~ (?:will|comes|is on|goes|calls|brings) / someone on / (?:has|have|'ve) ~ (?:picked it up|asked your bank|written to)
free of charge / (?:for|of) free / no charge / on (?:us|the house) / at our (?:cost|expense) / waive[ds]? / you (?:pay nothing|won't pay|don't pay) / (?:off|from) your (?:bill|invoice|next) / won't pay
(?:have|has|'ve|is|are|been|was) ~ (?:restored|unlocked|unblocked|reopened|removed|withdrawn|rebooked|extended|upgraded|taken (?:down|off)|amended|attached|reserved|brought back|pulled|corrected|cancelled for you|released|refilled|repaired|cleaned|mended|fixed|replaced)
(?:gift|goodwill|discount|free (?:month|night|meal|coffee|ticket|delivery|return|stay|session)) / make (?:up for|amends) / put (?:this|that|it|things) right / (?:re-?book|re-?do|re-?print|re-?send|re-?open|re-?instat|re-?schedul)\w{0,5}
you (?:can|may) (?:keep|download|claim|use|have) / you(?:'ll| will) (?:find|get|receive|have) / claim your / (?:stays?|remains?) (?:valid|open|shut) / (?:it|they|deliveries|service) (?:will be|are|is) back / reopens / filed it / full value / new ones? / to mend / in(?:to)? your account / back to your / (?:was|were) (?:posted|delivered|sent|dispatched) / invite you to
"""),
        "deed": phrases(r"""
(?:we|i)(?:'ve| have)(?: just| already| now| also)? (?!(?:received|read|heard|seen|noted|been|had|decided|always|never|made|lost|let|failed|got|no)(?!\w))\w{3,14}ed / (?:we|i)(?:'ll| will) (?!(?:not|never|try|do our|look forward|be happy|consider)(?!\w))\w{3,14}
(?:has|have) (?:just |already |now )?been (?!(?:noted|forwarded|delayed|lost|closed|missed|resolved|ignored|cancelled|passed)(?!\w))\w{3,14} / you(?:'ll| will)? (?:get|receive|have) ~~ (?:back|new|another|refund|money|full)
(?:is|are) (?:now )?(?:yours|in your|on yours|on us|ours|there now|booked|paid for|put right|waiting for you) / your ~ (?:will arrive|comes back|is back|will be) / (?:comes|goes|go) back (?:with|to|on) / (?:on|with) (?:it|the) now / fresh one / here is the
"""),
        "repentance": phrases(r"""
(?:won't|will not|can't|cannot|can never|never|must not|mustn't|does not|doesn't) ~~ (?:again|any more|happen|recur) / never again / from (?:now|today|here|this \w{1,10}|next \w{1,10}|tonight|monday)(?: on)? (?:on|every|each|i|we|it|all|no) / from (?:now|here|today|next \w{1,10}|this \w{1,10}) on
(?:learned|learnt) (?:from|our|my|the) / (?:we|i)(?: have|'ve)? ?(?:now|also|since)?(?: have)? ?(?:added|introduced|changed|brought in|set up|tightened|told the depot|trained|put in place|started|hired|doubled|rewritten|reviewed|moved|stopped|banned|appointed)
so that (?:nobody|no one|this|it|one|that|such|you) ~ \w{2,12} / so (?:this|it|that) (?:can't|cannot|won't|does not) / (?:make|making|made) sure (?:that )?(?:this|it|that|no|nobody) / prevent(?:s|ed|ing)? / (?:we|i) now ~ \w{2,20}
(?:is|are|need|needs|go|goes|gets?|has to|have to|must) now \w{2,12} / now (?:need|require|has to|have to|must|on)s? / since (?:today|then|this \w{3,10}|january|february|march|april|may|june|july|august|september|october|november|december) / in future / in the future / going forward
(?:stopping|suspended) ~ \w{3,12} / (?:every|each|all|only|no) ~~ (?:now|from now|carries|must|will do|will be|needs? a|goes through|without a) / no longer / no more / next time / do better / (?:rule|counter|practice|policy) ~~ (?:gone|replaced|dropped|ended)
(?:we|i) (?:will|'ll) ~ (?:train|change|review|improve|stop|check|double-check|count|read every) / (?:new|second|extra) (?:rule|check|step|procedure|training|process|thermometer|pair) / on (?:somebody|someone)'s list
"""),
        "forgiveness": phrases("forgive(?:n|ness|s)? / pardon"),
        "reply": INVITE["en"],
    },
    "fr": {
        "regret": phrases(r"désolée?s? / navrée?s? / excuses? / m'excuse / nous excusons / excuser / excusons / (?:je|nous) (?:le |la |les |vous )?regrett(?:e|ons) / regrets? / pardon / j'(?:en )?ai honte / confuse?s? / pardonnez"),
        "happened": phrases(rf"""
(?:désolée?s?|navrée?s?|regrette|regrettons) (?:que|qu'|d'|de )(?!(?:certains|l'apprendre|la|ce|cela|cette|vous|l'ayez|lire|voir)(?!\w))[\w']{{2,20}} / (?:désolée?s?|navrée?s?|regrette|regrettons) (?:d'avoir|de vous avoir|que vous ayez) (?!mal|choisi)\w{{2,20}}
(?:désolée?s?|navrée?s?|excuses|pardon) (?:pour|de|des?) (?:le |la |les |votre |vos |l'|notre |nos |ce |cet |cette )?(?!(?:gêne|désagrément|inconvénient|problème|confusion|dérangement|situation|souci|tout|ça|cela|notre|ma|ne|vous|la|le|l|les|votre|vos)\w{{0,3}}(?!\w))\w{{3,20}}
(?:vous|votre|vos|nos|notre|nous|je|j'ai|le|la|les|ta|ton|tes|on|un|une|dont|l'\w{{2,20}}|qu'un \w{{2,20}}|personne) ~~ {_BAD_FR}
(?:<AI>|<NAI>) ~ {_DID_FR} / (?:<AI>|<NAI>) ~~ (?:sans \w{{3,12}}|au lieu d\w{{1,2}}|par erreur|plus de \w{{3,12}} qu'il) / alors que ~ (?:n'|ne |étions|avions) ?\w{{2,12}}
(?:vous|\w{{2,12}}) (?:avez|êtes|a|est|as) ~ (?:attendu|restée?s?|reçu quarante|dû attendre) / fait attendre / ayez attendu / orthographi\w{{1,4}} / eu tort de / sans (?:vous|te) (?:le |la )?(?:demander|prévenir|dire) / il manquait
personne ~ (?:répondu|appelée?|rappelée?|venue?|prévenue?|aidée?) / n'(?:ayez|avez|a|aient) (?:pas|rien|jamais) (?:reçu|eu|été) / n'était pas (?:le vôtre|vrai|là) / (?:camion|livreur|technicien) qui ne / trois réponses / depuis (?:deux|trois|six|onze|des) (?:mois|ans|années|semaines)
"""),
        "empathy": phrases(r"""
(?:je|nous) (?:vous |te |le )?(?:comprends|comprenons|sais|savons|mesure|mesurons|conçois|concevons)(?: tout à fait| très bien| parfaitement| bien)? (?:à quel point|combien|votre|que|ta|pourquoi|l'\w+|la) / je le (?:conçois|comprends)
j'imagine / (?:je|nous) (?:vois|voyons)(?: bien| très bien)? (?:pourquoi|combien) / personne ne devrait / combien (?:il|elle) / je connais ça / quelle (?:épreuve|angoisse|tristesse|déception) / nous imaginons / on imagine / (?:osons|ose|oser) à peine / (?:difficile|dur) d'imaginer / (?:cela|ça|ce) (?:a dû|doit|a sûrement dû) ~ (?:terrible|stressant|pénible|frustrant|éprouvant|difficile|affreux|horrible|inquiétant|douloureux|décevant|humiliant)
c'(?:est|était) (?:vraiment |très |bien )?(?:rageant|pénible|stressant|frustrant|exaspérant|affreux|terrible|horrible|humiliant) / quelle? (?:\w{3,12} )?(?:horrible|affreuse|terrible|mauvaise|journée|semaine|nuit|façon|choc)
je vous entends / à (?:votre|ta) place / combien (?:c'était|vous avez|cela|ça|cette) / (?:votre|ta) (?:colère|frayeur|déception|inquiétude|frustration|peine) / toutes les raisons / (?:mille fois |bien )?raison d'être (?:fâchée?|en colère|déçue?|inquiète?) / agacé / en plein (?:chagrin|deuil) / méritiez
"""),
        "responsibility": phrases(rf"""
<AI> ~ {_DID_FR} / <AI> ~~ (?:la mauvaise|le mauvais|les mauvais|les mauvaises|deux fois|par erreur|sans \w{{3,12}}|au lieu|trop \w{{3,8}}|en trop) / <NAI> ~ (?!(?:reçu|trouvé|dit|voulu|trace)(?!\w))\w{{2,14}}
n'(?:avons|ai) pas (?:été à la hauteur|tenu) / (?:nous|je|j'|on) ?(?:aurions|aurais|aurait) dû / n'aur(?:ait|ions|ais)(?: jamais| pas)? dû / il aurait fallu / (?:c'est|c'était|est)(?: entièrement| bien| vraiment)? (?:notre|ma|de notre|de ma) (?:faute|erreur|responsabilité|choix|fait|décision)
(?:faute|erreur|manquement|négligence|oubli|maladresse|défaillance|étourderie) de (?:notre|ma) part / (?:notre|ma) (?:faute|erreur|négligence|maladresse) / notre oubli / (?:suis|sommes) ~ responsables? / (?:j'assume|nous assumons|j'en prends|nous en prenons)
c'(?:est|était)(?: bien)? (?:nous|moi)(?: qui)? / c'est pour (?:nous|moi) / personne d'autre n'est en cause / (?:me|nous) (?:suis|sommes) ~ trompée?s? / j'ai eu tort / d(?:e t'|e vous |')avoir (?:manqué|oublié|perdu|raté|tardé|crié|induit|laissée?|fait|blessée?)
(?:on|nous) ~~ par erreur / (?:nous|je) vous (?:devons|dois) / (?:la )?faute nous (?:revient|incombe) / rien ne l'excuse / sans excuse / plaide coupable / dépassé les bornes / bien vu / mea culpa / tenu parole
"""),
        "explanation": phrases(r"""
parce qu[e']\w* / car / en raison d[eu']\w* / à cause d[eu']\w* / la raison / c'est pourquoi / voilà pourquoi / puisqu[e']\w* / faute d[e']\w* / à la suite d[eu']\w* / suite à / du fait d[eu']\w* / (?:due?|dus|dues) (?:à|au|aux)
(?:quand|lorsque|comme|dès que) (?:nous|la|le|les|on|notre|nos|personne|l'\w{2,20}) ~ \w{3,20} / lorsqu'\w{2,20} / (?:vient|provient|venait) d[eu']\w* / (?:nous|je) (?:pensions|pensais|croyions|croyais|supposions) / s'explique par / (?:causée?s?|provoquée?s?) par / en vous prenant
(?:étaient|était) ~ (?:malades?|absente?s?|en congé) / (?:avait|a|avaient|ont) (?:éclaté|bloqué|lâché|rendu l'âme|cédé|gelé|fait un malaise) / n'ont pas pu / ne pouvait / notre (?:système|logiciel|fournisseur|serveur|formulaire) ~ \w{3,20} / tombée?s? (?:malades?|en panne)
s'est (?:arrêté|éteint|bloqué|rompu)e? / pressés? / débordée?s? / (?:ont|a) (?:commencé|changé|démarré) ~ (?:plus tôt|plus tard|sans|le) / à chaque / c'est un réglage / ayant \w{3,12} / vérifiant ainsi / aux noms proches / jamais revenu\w{0,2} / tout le monde change
"""),
        "repair": phrases(r"""
rembours\w{1,8} / remplac\w{1,8} / indemni\w{1,8} / dédommage\w{0,6} / bon (?:de|d'achat) / avoir de \d\w* / (?:vous|te) (?:sont |est |seront |sera )?(?:rendus?|rendues?|créditée?s?|offerts?) / \d{1,3} ?% (?:sur|de remise|de réduction)
(?:nous|je|j'|on) ?(?:(?:vous|te|les?|la|en) |l')?(?:avons |ai |a )?(?:corrigée?s?|réparée?s?|rétablie?s?|remise?s?|remplacée?s?|relevée?|déposée?|déclarée?|offrons|offre|réparons|corrigeons|imprimons|reprenons|recousons|retirée?|récupérée?|rouvert|demandé à) / j'ai (?:rouvert|remis|demandé|écrit) / c'est (?:corrigé|réparé|rétabli|fait) / (?:le )?correctif / viens de (?:récupérer|te|vous)
(?:un|une|autre) (?:autre|nouvelle|nouveau|bouteille|technicien\w{0,2}|livreur|couturière|collègue|médecin|équipe|code) ~~ (?:est|passe|sera|part|vous appor\w{1,4}|appellera|viendra|téléphonera|livrée?) / de remplacement / de secours / la bonne (?:part|taille|version) / le bon \w{3,10} / nouveaux? / nouvelles? / neuve?s?
vous pouvez (?:le |la |l')?garder / sur votre (?:compte|carte) / ne (?:paierez|paieras|paies|payez) (?:pas|rien) / gratuit\w{0,6} / sans frais / à nos frais / (?:pour|sur) nous / geste commercial / (?:mois|nuit|repas|café|billet|livraison|retour|séance) (?:offerte?|gratuite?) / offert[es]?s? / (?:de|sur) votre (?:note|facture)
(?:elle|il|les livraisons|les parties ~) (?:revient|ont repris|sera rétablie?|sont revenues?|rouvre|reste ouvert) / pleine valeur / restent? (?:valables|ouvert|fermé) / sera en rayon / enverrons quelqu'un / annul(?:é|ons|e) (?:les|vos|la|le|cette|ces) (?:frais|facture|pénalité\w?|amende) / vous invitons / je vais vous répondre
(?:a été|ont été|est|sont|vient d'être) (?:rétablie?s?|débloquée?s?|supprimée?s?|retirée?s?|prolongée?s?|réparée?s?|corrigée?s?|rouverte?s?|rectifiée?s?|jointe?s?|gardée?s?|libérée?s?|mise à jour) / renv(?:oi|oy|err)\w{1,6} / réimprim\w{1,4} / répar(?:er\w{0,4}|ation) / le libérer / vous donne l
"""),
        "deed": phrases(r"""
(?:nous|je|on) (?:vous |te |le |la |les |l'|t'|en )?(?!(?:serons|resterons|ferons de notre|aurai)(?!\w))\w{1,14}<RONS> / vous (?:recevrez|aurez|trouverez|serez) ~ \w{3,14} / vous (?:revient|reviennent|parviendra|parviendront) / (?:sera|seront|a été|ont été|est|sont) ~ (?:rendue?s?|versée?s?|payée?s?|rectifiée?s?|réservée?s?|prise en charge|remise? en état|livrée?s?|envoyée?s?|partie?s?|prête?s?)
(?:nous|j'|je|on) ?(?:(?:vous|te|les?|la|en) |l')?(?:avons |ai |a )(?:déjà |aussi |bien )?(?:remboursé|corrigé|envoyé (?:un|une|le bon|la bonne)|demandé|versé|crédité|réservé|imprimé (?:un|une)|en avons imprimé|commandé|repris|ajouté|remis|refait) / est (?:en route|sur place|à vous|sur la vôtre|pour nous) / voici (?:la|le|un|une) / (?:un|une) ~ (?:neuve?|toute chaude) / vous (?:avez|aurez) une place / arrivera / je m'en charge / je vous (?:la|le|les) (?:vire|rends|renvoie|apporte)
"""),
        "repentance": phrases(r"""
(?:ne|n') ?\w{2,12} (?:\w{2,12} )?plus / plus jamais / désormais / dorénavant / à l'avenir / à présent / (?:tiré|tirons|tirer)(?: \w{1,4})? (?:les leçons|les enseignements|leçon) / la prochaine fois / faire mieux / c'est fini
pour que (?:plus personne|cela|ça|ce|personne|rien|plus) ~ \w{2,12} / pour qu'une seule / (?:dès|à partir de|à compter d\w*) (?:lundi|maintenant|demain|aujourd'hui|ce jour|la semaine prochaine) / à compter d'aujourd'hui / depuis (?:aujourd'hui|cette semaine|septembre|octobre|juin|juillet|août|lors)
(?:avons|ai) (?:ajouté|changé|mis en place|renforcé|introduit|instauré|aussi rappelé|rappelé|formé|embauché|doublé|réécrit|revu|créé|cessé|nommé) / (?:est|sont|doit|doivent|relit|passe) maintenant \w{2,12} / maintenant (?:chaque|tous|toutes|deux) / éviter (?:que|qu'\w+|cela|ce|toute?) / arrêtons la vente
(?:nouvelle|nouveau|second|seconde|deuxième) (?:règle|contrôle|procédure|vérification|étape|formation|thermomètre) / (?:nous|je) (?:allons|vais) (?:changer|revoir|améliorer|former|contrôler|vérifier) / (?:chaque|toute?|aucune?) ~ (?:passera|doit|emporte|n'ouvrira|devra|sera) / (?:règle|compteur|pratique) ~~ (?:abolie?|supprimée?|remplacée?)
"""),
        "forgiveness": phrases(r"pardonn(?:er|ez|erez|eras|es?)(?:-nous|-moi)? / demand(?:e|ons) pardon"),
        "reply": INVITE["fr"],
    },
}  # fmt: skip

_PAST = (
    "(?:\\w{2,16}ed|put|read|let|left|made|gave|told|took|said|sent|sold|kept|broke|forgot|lost|got|went|wrote|chose|held|ran|let|cut|hid|hit"
    "|spoke|spent|led|fell|paid|built|drove|ate|thought|knew|drew|shut|set|spelt|misread|overslept|overlooked|came|did|had|was|were)"
)
_HARMLESS_EN = (
    "(?:received|refunded|replaced|corrected|filed|fixed|repaired|credited|restored|apologi[sz]ed?|checked|looked|reviewed|noticed|hoped|wanted"
    "|tried|called|asked|reported|contacted|forwarded|passed|raised|mended|reopened|cancelled|introduced|added|changed|learnt|learned|need|agreed"
    "|spoke|wrote|sent|heard|happy|glad|sorry|very|truly|so|deeply|delighted|pleased|had no|had to|were told|were happy|did (?:nothing|everything|our))"
)
_HARMLESS_FR = (
    "(?:reçu|lu|vu|pris|transmis|remboursée?s?|corrigée?s?|remplacée?s?|réparée?s?|rétablie?s?|créditée?s?|demandé|vérifié|contacté|remis|déposé"
    "|déclarée?s?|retirée?s?|relevée?s?|récupérée?s?|rouvert|ajouté|changé|écrit|rappelé|mis en place|renforcé|imprimé (?:un|une)|fait (?:tout|le)|appris"
    "|bien (?:reçu|noté)|noté|entendu|eu le plaisir|parlé|reversé|offert|tiré|formé|embauché|jamais voulu|pas le choix|rien à|pas reçu|rien pu|pu)"
)
ACTED = {
    "en": phrases(rf"""
(?:we|i)(?: just| also| simply| both| all| wrongly| never| once)? (?!{_HARMLESS_EN}(?!\w)){_PAST}
(?:we|i)(?:'d| had) (?:not |never |simply |just )?(?!{_HARMLESS_EN}(?!\w))\w{{3,16}} / (?:we|i) (?:didn't|did not|hadn't|weren't|wasn't) (?!(?:receive|find|mean|intend)(?!\w))\w{{2,14}}
"""),
    "fr": phrases(rf"""
<AI> (?!{_HARMLESS_FR}(?!\w))\w{{2,16}} / <NAI> (?!{_HARMLESS_FR}(?!\w))\w{{2,16}} / (?:nous ne|je ne|on ne) \w{{3,12}}(?:ions|ais|ait) (?:pas|rien|jamais)
d(?:e t'|e vous |'|e l'|e les )avoir (?!{_HARMLESS_FR}(?!\w))\w{{3,16}} / <NAI> (?:assez |bien )?\w{{3,16}}
"""),
}  # fmt: skip
"""What we did, in the past and not to mend it: in a reply that says sorry it is what we did wrong."""

CAUSE = {
    "en": phrases(rf"""
(?:an?|the|our|one|two|three|some|somebody|someone|fog|snow|rain|ice|ice|storms?|lightning|heavy \w{{3,8}})(?: [\w'-]{{1,20}}){{0,5}}? (?:{_PAST}|kept|froze|burst|failed|fell|stopped|talk|gave|took|was|were|had)
"""),
    "fr": phrases(r"""
(?:une?|le|la|les|l'\w{2,20}|nos|notre|deux|trois|des|quelqu'un)(?: [\w'-]{1,20}){0,5}? (?:a|ont|avait|avaient|s'est|se sont|s'était|est|était|étaient) (?!(?:partie?|fermée?|cassée?|perdue?)(?!\w))[\w']{2,16}
"""),
}  # fmt: skip
"""What somebody or something did, in the past: right after the words of regret, and without a word of the customer, it is the reason."""

CUSTOMER = {
    "en": phrases("you / your / yours"),
    "fr": phrases("vous / votre / vos / tu / te / ton / ta / tes"),
}

_CONDITION = {
    "en": phrases(r"""
(?:sorry|apologi[sz]e|apologies|regret) ~~ if ~ \w{1,15} / (?:may|might|could) (?:have|be) ~ \w{2,15} / if (?:you|anyone|there|any\w{0,6}|we|my|our|the) ~~ (?:were|was|felt|feel|offended|upset|came across|caused|misunderstanding|impression)
any (?:inconvenience|delay|misunderstanding|offence|offense) / to the extent / whatever the facts / to (?:those|anyone) who (?:found|took|felt|feel|may)
"""),
    "fr": phrases(r"""
(?:désolée?s?|navrée?s?|excuses?|excuse|excuser|excusons|regrett\w{1,4}|pardon) ~ (?:si|s'ils?) ~ \w{1,15} / éventuel(?:le)?s? / éventuellement / si (?:notre|nos|mes?|mon|certains) ~~ (?:ont|a|avons) (?:pu|été)
(?:aurait|auraient|ait|aient|a|ont) (?:éventuellement )?pu \w{1,15} / s'il y a eu / si tant est / quoi qu'il en soit / tout (?:retard|désagrément) / à quiconque / ceux qui (?:l'ont|ont) (?:perçue?|trouvé|cru)
"""),
}  # fmt: skip
_FEELING = {
    "en": phrases(r"""
(?:sorry|regret|apologi[sz]e)(?: that)? (?:you(?:'ve)?|people|some\w{0,4}|anyone|customers|our (?:guest|customer)s?|the customer) ~ (?:feel|felt|upset|offended|unhappy|misunderst\w{2,4}|disappointed|took|think|thought|chosen|find|like|enjoy)
(?:sorry|regret) (?:that )?they / (?:felt|feel) that way / (?:never|not) (?:our|my) intention / (?:was|were) not understood / (?:people|some) were (?:upset|offended) / to (?:his|her|your|their) liking / sorry for being so / it was satire
"""),
    "fr": phrases(r"""
(?:désolée?s?|navrée?s?|regrett\w{1,4}|déplor\w{1,4}) (?:que|qu'\w+) ~~ (?:mal (?:pris|compris)|visée?s?|offensée?s?|blessée?s?|vexée?s?|mécontente?s?|déçue?s?|choquée?s?|choisi|pas aimé) / l'ayez mal pris
votre mécontentement / (?:n'avons|n'ai|n'avions)(?: jamais| pas) (?:voulu|eu l'intention) / pas été (?:compris|comprise|au goût) / au goût de / d'avoir autant de / c'était de la satire
"""),
}  # fmt: skip
_BUT = {
    "en": phrases(r"(?:sorry|apolog\w{1,6}|regret)[^.!?]{0,80}?[, ](?:but|however|although)"),
    "fr": phrases(r"(?:désolée?s?|navrée?s?|excuses?|regrett\w{1,4})[^.!?]{0,80}?[, ](?:mais|toutefois|cependant|néanmoins|pourtant)"),
}  # fmt: skip
_PASSIVE = {
    "en": phrases(r"""
(?:mistakes?|errors?|problems?|issues?|something)(?: \w{1,12})? (?:(?:was|were|has been|have been|may have been) (?:made|experienced|encountered|caused)|occurred|happened|arose|went wrong|can happen|took place)
situation (?:occurred|arose|happened) / (?:delay|inconvenience|matter|it)(?: is|'s) (?:deeply |sincerely )?(?:regretted|regrettable) / no ?(?:one|body) is perfect / events unfolded
"""),
    "fr": phrases(r"""
(?:erreurs?|fautes?|problèmes?|incidents?|dysfonctionnements?)(?: \w{1,12})? (?:(?:ont été|a été|a pu être|ont pu être) (?:commises?|faites?|rencontrée?s?)|(?:s'est|se sont) (?:produite?s?|glissée?s?)|(?:est|sont) survenue?s?)
(?:situation|incident) (?:se soit|s'est) produite? / (?:est|il est) (?:vivement |profondément )?(?:regretté|regrettable|fâcheux) / personne n'est (?:parfait|à l'abri)
"""),
}  # fmt: skip
_EXCUSE = {
    "en": phrases(r"""
(?:beyond|outside)(?: of)? our (?:control|hands) / not our (?:fault|responsibility|problem) / (?:we|i) did nothing wrong / nobody else (?:has )?complained / (?:that|this) is our policy / nothing was \w{3,12} when
(?:the|our) (?:terms|warranty|policy|conditions) ~ (?:states?|says?|clearly) / force majeure / these things happen / highest standards / everyone makes mistakes / everything we could / in good faith / works as designed
"""),
    "fr": phrases(r"""
indépendante?s? de notre volonté / (?:pas|aucune) (?:de )?notre (?:faute|responsabilité) / n'avons rien à nous reprocher / personne d'autre ne s'est plaint / c'est (?:le|notre) règlement / rien n'était \w{3,12} (?:au|quand|lorsque)
(?:la garantie|les conditions|le règlement) ~ (?:précise|précisent|indique|stipule) / force majeure / ce sont des choses qui arrivent / plus hautes exigences / tout le monde fait des erreurs / tout notre possible / de bonne foi / comme prévu
"""),
}  # fmt: skip
_REFUSED = {
    "en": phrases(r"""
(?:cannot|can't|can not|unable to|won't|will not|not able to|no|never|not) ~ (?:refund|refunds|replace\w*|compensat\w{1,4}|offer|help|credit|possible) / refunds? (?:is|are) not
not covered / fee stands / do not (?:reply|respond) / matter is closed / (?:consult|see|read) our faq / check with your / (?:old|used) to
"""),
    "fr": phrases(r"""
aucune? (?:remboursement|dédommagement|geste|remplacement|indemnité) / ne (?:pouvons|peux|peut|rembours\w{1,6}|sont) ~ (?:pas|rien) / (?:pas|ne sont pas) (?:couverts?|remboursables?)
restent dus / ne pas répondre / dossier est clos / consulter notre faq / voyez avec vos
"""),
}  # fmt: skip

SPOILS = {
    language: {
        "regret": (_CONDITION[language], _FEELING[language], _BUT[language], _PASSIVE[language], BLAME[language]),
        "happened": (_CONDITION[language], _FEELING[language], _PASSIVE[language], _EXCUSE[language], BLAME[language]),
        "responsibility": (_CONDITION[language], _PASSIVE[language], _EXCUSE[language], BLAME[language]),
        "explanation": (_EXCUSE[language], BLAME[language]),
        "repair": (_REFUSED[language],),
        "repentance": (_CONDITION[language],),
        "reply": (_REFUSED[language],),
    }
    for language in SHOWS
}  # fmt: skip
"""What takes an element's worth away in the sentence it stands in."""

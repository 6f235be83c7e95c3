"""The ten kinds of goods, and what can be said of each in English and German."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    slug: str
    drawing: str
    name: tuple[str, str]
    intro: tuple[str, str]
    nouns: tuple[tuple[str, str], ...]
    prices: tuple[int, int]
    made: tuple[tuple[str, str], ...]
    use: tuple[tuple[str, str], ...]


KINDS = (
    Kind(
        "mugs", "mug", ("Mugs & cups", "Becher & Tassen"),
        ("Thrown by hand, made for both hands.", "Von Hand gedreht, für beide Hände gemacht."),
        (("mug", "Becher"), ("cup", "Tasse")), (14, 32),
        (("Stoneware, thrown on the wheel and fired twice.", "Steinzeug, auf der Scheibe gedreht und zweimal gebrannt."),
         ("Glazed by hand, so that no two are quite alike.", "Von Hand glasiert, deshalb gleicht keine der anderen ganz.")),
        (("Holds 320 ml and keeps it warm for longer than you would think.", "Fasst 320 ml und hält sie länger warm, als man denkt."),
         ("Goes into the dishwasher and does not mind.", "Darf in die Spülmaschine und nimmt es nicht übel.")),
    ),
    Kind(
        "teapots", "teapot", ("Teapots", "Teekannen"),
        ("For two cups, or for a long afternoon.", "Für zwei Tassen oder einen langen Nachmittag."),
        (("teapot", "Teekanne"),), (39, 89),
        (("Slip-cast stoneware with a fine strainer of clay.", "Gegossenes Steinzeug mit feinem Sieb aus Ton."),
         ("Cast iron outside, enamel inside.", "Außen Gusseisen, innen Emaille.")),
        (("Pours without a drop, we tried it many times.", "Gießt ohne zu tropfen, das haben wir oft probiert."),
         ("Holds 900 ml, four good cups.", "Fasst 900 ml, vier gute Tassen.")),
    ),
    Kind(
        "vases", "vase", ("Vases", "Vasen"),
        ("For one branch or the whole meadow.", "Für einen Zweig oder die ganze Wiese."),
        (("vase", "Vase"), ("bud vase", "Knospenvase")), (18, 74),
        (("Earthenware, burnished before the first fire.", "Irdenware, vor dem ersten Brand poliert."),
         ("Porcelain, thin enough to let the light through.", "Porzellan, so dünn, dass Licht hindurchscheint.")),
        (("Watertight, and heavy enough not to tip.", "Wasserdicht und schwer genug, um nicht zu kippen."),
         ("Looks finished even when it is empty.", "Sieht auch leer fertig aus.")),
    ),
    Kind(
        "lamps", "lamp", ("Lamps", "Leuchten"),
        ("Light for corners, books and late talks.", "Licht für Ecken, Bücher und späte Gespräche."),
        (("table lamp", "Tischleuchte"), ("bedside lamp", "Nachttischleuchte")), (59, 189),
        (("A shade of pleated linen on turned wood.", "Ein Schirm aus plissiertem Leinen auf gedrechseltem Holz."),
         ("Spun brass, brushed and left to age.", "Gedrücktes Messing, gebürstet; es darf altern.")),
        (("Takes an E27 bulb; a warm one is in the box.", "Für E27-Lampen; eine warme liegt bei."),
         ("With a pull cord, which is half the pleasure.", "Mit Zugschnur, das ist das halbe Vergnügen.")),
    ),
    Kind(
        "chairs", "chair", ("Chairs", "Stühle"),
        ("To sit at the table, and to stay there.", "Um am Tisch zu sitzen und dort zu bleiben."),
        (("chair", "Stuhl"), ("armchair", "Sessel")), (149, 489),
        (("Solid ash from the next valley, oiled and not varnished.", "Massive Esche aus dem Nachbartal, geölt, nicht lackiert."),
         ("Joined with wedges; there is no screw in it.", "Verkeilt; keine Schraube ist darin.")),
        (("Carries 150 kg and can be stacked by three.", "Trägt 150 kg und lässt sich zu dritt stapeln."),
         ("Comes put together; you only sit down.", "Kommt fertig zusammengebaut; Sie setzen sich nur noch.")),
    ),
    Kind(
        "cushions", "cushion", ("Cushions", "Kissen"),
        ("Woven, washed, and soft from the first day.", "Gewebt, gewaschen und vom ersten Tag an weich."),
        (("cushion", "Kissen"),), (24, 69),
        (("Woven of wool and linen on old looms.", "Aus Wolle und Leinen auf alten Stühlen gewebt."),
         ("Organic cotton, dyed with plants.", "Bio-Baumwolle, mit Pflanzen gefärbt.")),
        (("The cover comes off and washes at 30 degrees.", "Der Bezug lässt sich abnehmen und bei 30 Grad waschen."),
         ("Filled with feathers that are kind to heads.", "Mit Federn gefüllt, die Köpfe mögen.")),
    ),
    Kind(
        "clocks", "clock", ("Clocks", "Uhren"),
        ("They tell the time and nothing else.", "Sie sagen die Zeit und sonst nichts."),
        (("wall clock", "Wanduhr"),), (45, 159),
        (("Lacquered beech round a quiet movement.", "Lackierte Buche um ein leises Werk."),
         ("A frame of pressed steel, enamelled.", "Ein Rahmen aus gepresstem Stahl, emailliert.")),
        (("The hands glide; you will not hear it tick.", "Die Zeiger gleiten; ein Ticken hören Sie nicht."),
         ("Runs for two years on one AA battery.", "Läuft zwei Jahre mit einer AA-Batterie.")),
    ),
    Kind(
        "plants", "plant", ("Plants", "Pflanzen"),
        ("Green things that forgive a lot.", "Grünes, das vieles verzeiht."),
        (("plant in a pot", "Pflanze im Topf"),), (16, 58),
        (("Grown without peat, potted by hand.", "Ohne Torf gezogen, von Hand getopft."),
         ("The pot is fired clay with a saucer inside.", "Der Topf ist gebrannter Ton mit Untersetzer.")),
        (("Likes a bright place and water once a week.", "Mag einen hellen Platz und einmal die Woche Wasser."),
         ("Travels in a box of its own and arrives upright.", "Reist im eigenen Karton und kommt aufrecht an.")),
    ),
    Kind(
        "notebooks", "notebook", ("Notebooks", "Notizbücher"),
        ("Paper that waits for you.", "Papier, das auf Sie wartet."),
        (("notebook", "Notizbuch"), ("sketchbook", "Skizzenbuch")), (9, 34),
        (("Bound with thread, so that it lies flat.", "Mit Faden gebunden, damit es flach liegt."),
         ("Covered with cloth that likes to be touched.", "In Leinen gebunden, das man gern anfasst.")),
        (("192 pages of 100 g paper, ruled with dots.", "192 Seiten aus 100-g-Papier, punktkariert."),
         ("Takes a fountain pen without showing it overleaf.", "Verträgt Füller, ohne dass es durchscheint.")),
    ),
    Kind(
        "candles", "candle", ("Candles", "Kerzen"),
        ("For the hour when the lamps are off.", "Für die Stunde, in der die Leuchten aus sind."),
        (("candle", "Kerze"),), (7, 29),
        (("Poured of rapeseed wax in small batches.", "In kleinen Mengen aus Rapswachs gegossen."),
         ("Dyed through, not only dipped.", "Durchgefärbt, nicht nur getaucht.")),
        (("Burns for about 40 hours, without soot.", "Brennt etwa 40 Stunden, ohne zu rußen."),
         ("Smells of nothing at all, on purpose.", "Riecht mit Absicht nach gar nichts.")),
    ),
)  # fmt: skip

SERIES = (
    "Tarn", "Birke", "Fjell", "Marlow", "Orla", "Linde", "Skerry", "Juna", "Hollen", "Wren",
    "Solvay", "Aske", "Tilda", "Brae", "Nidda", "Corin", "Elke", "Lune", "Varde", "Mossa",
)  # fmt: skip

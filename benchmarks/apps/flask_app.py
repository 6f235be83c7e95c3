"""Flask, SQLAlchemy 2 ORM (psycopg 3 or sqlite3), Jinja2, Flask-Login, Flask-WTF."""

from common import DB, EXTRA, FRONT, PAGES, PG, ROUTES, SECRET, SQLITE, TEXT, count, digest, ids, randint
from flask import Flask, jsonify, redirect, render_template, request
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf.csrf import CSRFProtect, generate_csrf
from items import PItem
from pydantic import ValidationError
from sa_models import Fortune, Product, User, World
from sqlalchemy import create_engine, event, select
from sqlalchemy.orm import joinedload, scoped_session, sessionmaker

app = Flask(__name__)
app.secret_key = SECRET
csrf = CSRFProtect()
login_manager = LoginManager()
if PAGES:
    csrf.init_app(app)
    login_manager.init_app(app)
URL = f"sqlite:///{SQLITE}" if DB == "sqlite" else PG.replace("postgresql://", "postgresql+psycopg://")
engine = create_engine(URL, pool_size=16)
if DB == "sqlite":

    @event.listens_for(engine, "connect")
    def pragmas(connection, record):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")


db_session = scoped_session(sessionmaker(engine, expire_on_commit=False))


@app.teardown_appcontext
def shutdown_session(exc=None):
    db_session.remove()


class LoginUser(UserMixin):
    def __init__(self, row):
        self.id, self.username, self.email = row.id, row.username, row.email


@login_manager.user_loader
def load_user(user_id):
    row = db_session.get(User, int(user_id))
    return LoginUser(row) if row else None


@app.get("/json")
def json():
    return {"message": "Hello, World!"}


@app.post("/items/<int:id>")
@csrf.exempt
def item(id):
    try:
        it = PItem.model_validate_json(request.get_data())
    except ValidationError as e:
        return {"errors": e.errors(include_url=False, include_input=False)}, 422
    if request.args.get("verbose") == "true":
        return {"id": id, **it.model_dump()}
    return {"id": id, "name": it.name}


@app.get("/def")
def plain():
    return {"message": "Hello, World!"}


@app.post("/upload")
@csrf.exempt
def upload():
    return digest(request.get_data())


@app.get("/text")
def text():
    return TEXT, {"Content-Type": "text/plain; charset=utf-8"}


def route(id):
    return {"id": id}


for i in range(ROUTES):
    app.add_url_rule(f"/r{i}/<int:id>", f"route{i}", route)


@app.get("/db")
def db():
    return db_session.get(World, randint()).as_dict()


@app.get("/queries")
def queries():
    return jsonify([db_session.get(World, i).as_dict() for i in ids(count(request.args.get("n")))])


@app.get("/updates")
def updates():
    rows = [db_session.get(World, i) for i in ids(count(request.args.get("n")))]
    for w in rows:
        w.randomnumber = randint()
    db_session.commit()
    return jsonify([w.as_dict() for w in rows])


@app.get("/fortunes")
def fortunes():
    rows = [*db_session.scalars(select(Fortune)), Fortune(id=0, message=EXTRA)]
    return render_template("fortunes.html", fortunes=sorted(rows, key=lambda f: f.message))


@app.get("/login")
def login():
    login_user(load_user(request.args["user"]))
    return "ok"


@app.route("/page", methods=["GET", "POST"])
@login_required
def page():
    if request.method == "POST":
        return redirect("/page")
    products = db_session.scalars(
        select(Product).options(joinedload(Product.category)).order_by(Product.id).limit(20)
    ).all()
    return render_template(
        "page.html", user=current_user, products=products, csrf_name="csrf_token", csrf_token=generate_csrf()
    )


if FRONT:
    import flask_front

    flask_front.add(app, URL, {"pool_size": 16})

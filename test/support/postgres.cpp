#include "test/support/postgres.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace aorta::support {
namespace {

constexpr const char* programs = "/usr/lib/postgresql/15/bin/";

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

/// PostgreSQL refuses to run as root.
void become_postgres() {
  if (::getuid() != 0) return;
  const passwd* who = ::getpwnam("postgres");
  if (who == nullptr || ::setgroups(0, nullptr) != 0 || ::setgid(who->pw_gid) != 0 ||
      ::setuid(who->pw_uid) != 0)
    ::_exit(126);
}

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& w : words) arguments.push_back(const_cast<char*>(w.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    become_postgres();
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  return child;
}

bool answers(const std::string& url) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> c(PQconnectdb(url.c_str()), &PQfinish);
  return PQstatus(c.get()) == CONNECTION_OK;
}

void tell(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> c(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> r(PQexec(c.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(r.get()) != PGRES_COMMAND_OK)
    throw std::runtime_error("PostgreSQL: " + std::string(PQerrorMessage(c.get())));
}

} // namespace

postgres::postgres() {
  std::string name = (std::filesystem::temp_directory_path() / "aorta-postgres-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
  if (::getuid() == 0) {
    const passwd* who = ::getpwnam("postgres");
    if (who == nullptr || ::chown(folder_.c_str(), who->pw_uid, who->pw_gid) != 0)
      throw std::runtime_error("no user postgres");
  }
  run("initdb", "-D " + folder_ + "/data -U admin -A trust -E UTF8 --locale=C.UTF-8 --no-sync");
  port_ = free_port();
  start();
  tell("postgresql://admin@127.0.0.1:" + std::to_string(port_) + "/postgres", "CREATE ROLE aorta LOGIN");
}

postgres::~postgres() {
  stop();
  std::error_code ignored; // a folder left in /tmp harms no test
  std::filesystem::remove_all(folder_, ignored);
}

void postgres::run(const std::string& program, const std::string& arguments) const {
  std::vector<std::string> words{programs + program};
  for (size_t at = 0; at < arguments.size();) {
    const size_t end = std::min(arguments.find(' ', at), arguments.size());
    words.push_back(arguments.substr(at, end - at));
    at = end + 1;
  }
  int state = 0;
  const pid_t child = spawn(words, folder_ + "/log");
  if (::waitpid(child, &state, 0) != child || state != 0)
    throw std::runtime_error(program + " failed, see " + folder_ + "/log");
}

void postgres::start() {
  const std::string port = std::to_string(port_);
  server_ = spawn({std::string(programs) + "postgres", "-D", folder_ + "/data", "-p", port, "-h", "127.0.0.1",
                   "-k", folder_, "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB", "-c",
                   "recovery_init_sync_method=syncfs"},
                  folder_ + "/log");
  const std::string url = "postgresql://admin@127.0.0.1:" + port + "/postgres";
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!answers(url)) {
    int state = 0;
    if (std::chrono::steady_clock::now() > until || ::waitpid(server_, &state, WNOHANG) == server_)
      throw std::runtime_error("PostgreSQL does not start, see " + folder_ + "/log");
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // a server tells nobody that it is up
  }
}

void postgres::checkpoint() {
  tell("postgresql://admin@127.0.0.1:" + std::to_string(port_) + "/postgres", "CHECKPOINT");
}

void postgres::stop() {
  if (server_ <= 0) return;
  ::kill(server_, SIGQUIT); // immediate: no checkpoint, connections are cut
  int state = 0;
  ::waitpid(server_, &state, 0);
  server_ = -1;
}

std::string postgres::fresh_database(const std::string& like) {
  const std::string name = "test" + std::to_string(++made_),
                    server = "127.0.0.1:" + std::to_string(port_) + "/";
  tell("postgresql://admin@" + server + "postgres",
       "CREATE DATABASE " + name + " OWNER aorta" +
         (like.empty() ? "" : " TEMPLATE " + like.substr(like.rfind('/') + 1)));
  return "postgresql://aorta@" + server + name;
}

std::string postgres::superuser(const std::string& url) const {
  std::string out = url;
  return out.replace(out.find("aorta@"), 5, "admin");
}

} // namespace aorta::support

// Compiled by the server. Loads main.dll beside it and calls its entry point, and tells the server on standard error, in lines that begin
// with the call's token, how it ended.
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;

namespace Testing
{
    /// <summary>Assertions that count, and after a failed one the next follows.</summary>
    public static class Assert
    {
        internal static int Passed, Failed;
        internal static Exception First;

        public static void True(bool condition, string message = "Expected true.") => Count(condition ? null : message);

        public static void False(bool condition, string message = "Expected false.") => Count(condition ? message : null);

        public static void Equal<T>(T expected, T actual) =>
            Count(Same(expected, actual) ? null : $"Expected {Show(expected)}, found {Show(actual)}.");

        public static void Throws<T>(Action action) where T : Exception
        {
            try
            {
                action();
            }
            catch (T)
            {
                Count(null);
                return;
            }

            Count($"Expected a {typeof(T).Name}.");
        }

        private static bool Same(object expected, object actual)
        {
            if (expected is string || actual is string || expected is not System.Collections.IEnumerable a || actual is not System.Collections.IEnumerable b) return Equals(expected, actual);
            var (x, y) = (a.GetEnumerator(), b.GetEnumerator());
            while (x.MoveNext())
            {
                if (!y.MoveNext() || !Same(x.Current, y.Current)) return false;
            }

            return !y.MoveNext();
        }

        private static string Show(object value)
        {
            if (value is null) return "null";
            if (value is string || value is not System.Collections.IEnumerable items) return value.ToString();
            var parts = new List<string>();
            foreach (var item in items) parts.Add(Show(item));
            return "[" + string.Join(", ", parts) + "]";
        }

        private static void Count(string failure)
        {
            if (failure is null)
            {
                Passed++;
                return;
            }

            Failed++;
            if (First is not null) return;
            First = new AssertionException(failure);
            Console.Error.WriteLine(First.Message);
        }
    }

    /// <summary>An assertion did not hold.</summary>
    public sealed class AssertionException : Exception
    {
        public AssertionException(string message) : base(message) { }
    }
}

internal static class Harness
{
    private static readonly Stream Error = Console.OpenStandardError();
    private static readonly string Here = AppContext.BaseDirectory.TrimEnd('/');
    private static string token = "";
    private static bool ended;

    private static int Main()
    {
        var bytes = new byte[32];
        // Unbuffered, so that what follows stays for the code.
        using (var input = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(0, false), FileAccess.Read, 0)) input.ReadExactly(bytes);
        token = Encoding.ASCII.GetString(bytes);
        Tell(new() { ["kind"] = "start" });
        var tested = JsonDocument.Parse(File.ReadAllText(Path.Combine(Here, "settings.json"))).RootElement.GetProperty("tests").GetBoolean();
        AppDomain.CurrentDomain.UnhandledException += (_, e) => Fail(tested, (Exception)e.ExceptionObject);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (tested) End("error", $"The code left with exit code {Environment.ExitCode} before the tests were done.");
            else End(Environment.ExitCode == 0 ? "completed" : "error", Environment.ExitCode == 0 ? "" : $"The code left with exit code {Environment.ExitCode}.");
        };
        try
        {
            var entry = Assembly.LoadFrom(Path.Combine(Here, "main.dll")).EntryPoint;
            var code = entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, entry.GetParameters().Length == 0 ? null : [Array.Empty<string>()], null) as int? ?? Environment.ExitCode;
            if (Testing.Assert.First is { } first)
            {
                End("failed", first.Message);
                return 1;
            }

            End(tested ? "passed" : code == 0 ? "completed" : "error", code == 0 ? "" : $"The code left with exit code {code}.");
            return code;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            Fail(tested, e);
            return 1;
        }
    }

    private static void Fail(bool tested, Exception e)
    {
        var (outcome, denied, inferred) = Classify(e);
        if (tested && outcome is "failed" or "error") Testing.Assert.Failed++;
        End(outcome, $"{e.GetType().Name}: {e.Message}", denied, inferred);
    }

    // The outcome, what was denied, and whether that is concluded from the error rather than certain.
    private static (string, string, bool) Classify(Exception e)
    {
        if (e is System.Net.Http.HttpRequestException or AggregateException && e.InnerException is { } inner) return Classify(inner);
        switch (e)
        {
            case Testing.AssertionException: return ("failed", null, false);
            case InsufficientMemoryException: return ("memory_limit", null, true);
            case OutOfMemoryException: return ("memory_limit", null, false);
            case System.Threading.ThreadStartException: return ("process_limit", null, true);
            case SocketException: return ("denied", "network", true);
            case Win32Exception { NativeErrorCode: 11 }: return ("process_limit", null, true);
            case ArgumentException when e.StackTrace?.Contains("Process.GetProcessById", StringComparison.Ordinal) == true: return ("denied", "signal", true);
            case FileNotFoundException { FileName: { } name } when Outside(name): return ("denied", "file_read", true);
            case DirectoryNotFoundException: return ("denied", "file_read", true);
            case UnauthorizedAccessException: return ("denied", "file_write", true);
            case IOException when (e.HResult & 0xFFFF) == 30 || e.Message.Contains("Read-only file system", StringComparison.Ordinal): return ("denied", "file_write", false);
            case IOException when (e.HResult & 0xFFFF) is 27 or 28 || e.Message.Contains("No space left", StringComparison.Ordinal): return ("scratch_limit", null, false);
            default: return ("error", null, false);
        }
    }

    private static bool Outside(string name)
    {
        var path = Path.GetFullPath(name);
        try
        {
            path = Path.GetFullPath(File.ResolveLinkTarget(path, false)?.FullName ?? path);
        }
        catch (IOException) { }
        return path != "/tmp" && !path.StartsWith("/tmp/", StringComparison.Ordinal) && !path.StartsWith(Here + "/", StringComparison.Ordinal);
    }

    private static void End(string outcome, string text, string denied = null, bool inferred = false)
    {
        if (ended) return;
        ended = true;
        Console.Out.Flush();
        var facts = new Dictionary<string, object> { ["kind"] = "end", ["outcome"] = outcome, ["text"] = text.Length > 2000 ? text[..2000] : text, ["denied"] = denied, ["inferred"] = inferred };
        if (Testing.Assert.Passed + Testing.Assert.Failed > 0) (facts["passed"], facts["failed"]) = (Testing.Assert.Passed, Testing.Assert.Failed);
        Tell(facts);
    }

    private static void Tell(Dictionary<string, object> facts)
    {
        Error.Write(Encoding.UTF8.GetBytes("\u001e" + token + " " + JsonSerializer.Serialize(facts) + "\n"));
        Error.Flush();
    }
}

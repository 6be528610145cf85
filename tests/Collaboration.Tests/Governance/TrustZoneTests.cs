using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>Secrets stay on their side of the boundary: they are looked for in the bytes of all that a run leaves and sends.</summary>
public sealed class TrustZoneTests
{
    private const string Mail = "ann.lee@example.org";
    private const string Iban = "DE89 3704 0044 0532 0130 00";
    private const string Key = "sk-live0123456789abcdef";
    private static readonly byte[] s_key = Encoding.UTF8.GetBytes("a key of at least 16 bytes");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_SecretsInTaskToolsAndErrors_AreInNothingThatIsStoredSentOrLogged(bool streams)
    {
        using var folder = new Folder();
        var (mailed, leaked, spans) = (new ConcurrentQueue<string>(), new Leaks(), new ConcurrentQueue<string>());
        using var listener = new ActivityListener { ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData, ActivityStopped = a => spans.Enqueue($"{a.DisplayName} {string.Join(' ', a.TagObjects)}") };
        ActivitySource.AddActivityListener(listener);
        var tools = new[]
        {
            AIFunctionFactory.Create((string to) => { mailed.Enqueue(to); return $"Sent to {to}."; }, "send_mail"),
            AIFunctionFactory.Create((string about) => { leaked.Requests.Enqueue(about); return new { account = Iban, note = "found" }; }, "look_up"),
            AIFunctionFactory.Create(string () => throw new InvalidOperationException($"No access with {Key}"), "fail"),
        };
        var clerk = Teams.Role("clerk") with { Tools = tools };
        var scripts = new Scripts(h => h.Role == "clerk" && h.Messages.Count == 1
            ? new ChatResponse(new ChatMessage(ChatRole.Assistant, [Call("1", "send_mail", "to", Placeholder(h.Text, "EMAIL")), Call("2", "look_up", "about", Placeholder(h.Text, "EMAIL")), Call("3", "fail")]))
            : ScriptedReply.Say($"I read {string.Concat(h.Messages.SelectMany(m => m.Contents).Select(c => c is FunctionResultContent r ? $"{r.Result} " : ""))} and {Placeholder(h.Messages[0].Text, "EMAIL")} made up <EMAIL_00000000> x@y.org in words."));
        var vault = new SecretVault(new() { Key = s_key });
        var zone = new TrustZone(vault) { Tools = ["send_mail"] };
        var team = TeamPatterns.Sequential("team", [clerk, Teams.Role("bob")]);
        var deltas = new ConcurrentQueue<string>();
        var options = new WorkflowRunOptions { Checkpoints = new FileCheckpointStore(folder.Path), RunId = "run", Middleware = [zone.ToMiddleware()], LoggerFactory = leaked, StreamReplies = streams, Seed = new SeedKey(1, Task: "t"), EnableSensitiveData = true };

        var run = await team.Definition.RecordAsync(new($"Write to {Mail} with the key {Key}."), scripts.Runtime, options, new() { Outcome = s => s.Answer });
        await foreach (var e in team.Definition.StreamAsync(new($"Write to {Mail} with the key {Key}."), scripts.Runtime, options with { Checkpoints = null, RunId = null })) deltas.Enqueue($"{e} {(e as ReplyDelta)?.Update.Text}");

        Assert.Null(run.Error);
        Assert.Equal([Mail, Mail], mailed);
        Assert.Contains("<EMAIL_", run.State!.Answer, StringComparison.Ordinal);
        Assert.Contains("<ACCOUNT_", JsonSerializer.Serialize(run.Trajectory, Plain), StringComparison.Ordinal);
        Assert.Contains("<EMAIL_unknown>", run.State.Answer, StringComparison.Ordinal);
        foreach (var call in scripts.Calls) leaked.Requests.Enqueue(JsonSerializer.Serialize(call.Messages, Plain));
        string[] seen =
        [
            .. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(f => Encoding.UTF8.GetString(File.ReadAllBytes(f))),
            JsonSerializer.Serialize(run.Trajectory, Plain), JsonSerializer.Serialize(run.State, Plain), .. leaked.Logged, .. leaked.Requests, .. spans, .. deltas,
        ];
        Assert.True(leaked.Requests.Count > 4 && deltas.Count > 4 && spans.Any(s => s.Contains("<EMAIL_", StringComparison.Ordinal)));
        foreach (var text in seen.Concat(seen.Select(Unescaped)))
        {
            foreach (var secret in new[] { Mail, Iban, Key, "x@y.org" }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }

        Assert.Contains(Mail, vault.Reveal(run.State.Answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_RoleInside_IsSentTheSecretAndItsRecordIsNot(bool streams)
    {
        var (vault, store) = (new SecretVault(new() { Key = s_key }), new ListStore());
        var zone = new TrustZone(vault) { Roles = ["clerk"] };
        var scripts = new Scripts(h => $"I, {h.Role}, read: {h.Text}");
        var team = TeamPatterns.Sequential("team", Teams.Members("clerk", "bob"));

        var run = await team.Definition.RecordAsync(new($"Call {Mail}."), scripts.Runtime, new() { Checkpoints = store, RunId = "run", Middleware = [zone.ToMiddleware()], StreamReplies = streams });

        Assert.Contains(Mail, Assert.Single(scripts.AskedOf("clerk")), StringComparison.Ordinal);
        Assert.DoesNotContain(Mail, Assert.Single(scripts.AskedOf("bob")), StringComparison.Ordinal);
        Assert.DoesNotContain(Mail, string.Concat(store.Runs["run"].Select(r => Encoding.UTF8.GetString(r))) + JsonSerializer.Serialize(run.Trajectory, Plain), StringComparison.Ordinal);
        Assert.Contains(Mail, vault.Reveal(run.State!.Messages[0].Text), StringComparison.Ordinal);
        Assert.Equal(vault.Id, run.Trajectory.Properties!["vault"]);
    }

    [Fact]
    public async Task ResumeAsync_InANewProcess_NeedsTheVaultOfItsBeginning()
    {
        var (store, kept, mailed) = (new ListStore(), new KeptSecrets(), new ConcurrentQueue<string>());
        var team = TeamPatterns.Sequential("team", [Teams.Role("bob"), Teams.Role("clerk") with { Tools = [AIFunctionFactory.Create((string to) => mailed.Enqueue(to), "send_mail")] }]);
        WorkflowRunOptions Options(SecretVault vault) => new() { Checkpoints = store, RunId = "run", Middleware = [new TrustZone(vault) { Tools = ["send_mail"] }.ToMiddleware()] };
        var scripts = new Scripts(h => h.Role == "bob" ? ScriptedReply.Say("Go.") : h.Messages.Count > 1 ? ScriptedReply.Say("Done.") : ScriptedReply.CallTool("send_mail", new { to = Placeholder(h.Text, "EMAIL") }));
        store.DieAt = 2;
        await Assert.ThrowsAnyAsync<Exception>(() => team.Definition.RunAsync(new($"Call {Mail}."), scripts.Runtime, Options(new(new() { Key = s_key, Store = kept }))));
        store.DieAt = null;

        var other = await Assert.ThrowsAsync<UnknownPlaceholderException>(() => team.Definition.ResumeAsync(scripts.Runtime, Options(new())));
        var forgetful = await Assert.ThrowsAnyAsync<Exception>(() => team.Definition.ResumeAsync(scripts.Runtime, Options(new(new() { Key = s_key }))));
        Assert.IsType<UnknownPlaceholderException>(Unwrap(forgetful));
        Assert.Empty(mailed);
        await team.Definition.ResumeAsync(scripts.Runtime, Options(new(new() { Key = s_key, Store = kept })));

        Assert.Equal([Mail], mailed);
        Assert.DoesNotContain(Mail, other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_SecretFromAFunction_IsRefusedBeforeAnyoneReadsIt()
    {
        var wf = Workflow.CreateBuilder<Conversation>("own");
        wf.Start(wf.AddFunction("leak", s => s with { Answer = Mail })).Then(wf.AddRole(Teams.Role("ann"), s => s.Answer, (s, reply) => s with { Answer = reply.Text }));
        var scripts = new Scripts(_ => "read");

        var workflow = wf.Build();

        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => workflow.RunAsync(new("task"), scripts.Runtime, new() { Middleware = [new TrustZone(new()).ToMiddleware()] }));

        var error = Unwrap(thrown);

        Assert.Equal(["EMAIL"], Assert.IsType<UnprotectedSecretException>(error).Kinds);
        Assert.DoesNotContain(Mail, error.Message, StringComparison.Ordinal);
        Assert.Empty(scripts.Calls);
    }

    [Fact]
    public async Task RunAsync_SecretInTheKeyOrInWhatIsRemembered_IsRefused()
    {
        var zone = new TrustZone(new()).ToMiddleware();
        var told = Teams.Role("ann") with { Instructions = $"Copy {Mail}.", Memory = MemoryPolicy.Conversation };
        var scripts = new Scripts(_ => "read");

        await Assert.ThrowsAsync<UnprotectedSecretException>(() => TeamPatterns.Sequential("team", Teams.Members("ann")).RunAsync("task", scripts.Runtime, new() { Middleware = [zone], Seed = new SeedKey(1, Task: Mail) }));
        var run = await TeamPatterns.Sequential("team", [told]).Definition.RecordAsync(new("task"), scripts.Runtime, new() { Middleware = [zone] });

        Assert.IsType<UnprotectedSecretException>(Unwrap(run.Error!));
        Assert.DoesNotContain(Mail, JsonSerializer.Serialize(run.Trajectory, Plain), StringComparison.Ordinal);
        Assert.Contains("<EMAIL_", run.Trajectory.Nodes[0].Input[0].Text, StringComparison.Ordinal);
        Assert.Empty(scripts.Calls);
    }

    [Fact]
    public async Task StreamAsync_AnyCuts_TellsWhatTheWholeReplyIsProtectedTo()
    {
        const string Pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ EFAASCBKcwggSjAgEAAoIBAQC7 and many more lines of it than are held back\n-----END PRIVATE KEY-----";
        var filler = string.Join(' ', Enumerable.Repeat("words and words", 8));
        var reply = $"{filler} 4111 1111 1111 1111 {filler} {Pem} {filler} Bearer abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789 {filler} {Mail} end";
        var team = TeamPatterns.Sequential("team", Teams.Members("ann"));
        await Gen.Int[1, 90].Array[1, 30].SampleAsync(async cuts =>
        {
            var vault = new SecretVault();
            var (told, whole) = (new StringBuilder(), "");
            var chunks = 0;
            await foreach (var e in team.Definition.StreamAsync(new("task"), TeamRuntime.ForAll(new Chunks(reply, cuts)), new() { StreamReplies = true, Middleware = [new TrustZone(vault).ToMiddleware()] }))
            {
                if (e is ReplyDelta { Update.Text.Length: > 0 } delta) (told, chunks) = (told.Append(delta.Update.Text), chunks + 1);
                if (e is WorkflowCompleted<Conversation> done) whole = done.State.Answer;
            }

            Assert.Equal(vault.Protect(reply), told.ToString());
            Assert.Equal(told.ToString(), whole);
            Assert.Equal(reply, vault.Reveal(whole));
            Assert.True(cuts.Max() > 60 || chunks > 2);
            foreach (var secret in new[] { "4111 1111", "MIIE", "abcdefghij", Mail }) Assert.DoesNotContain(secret, whole, StringComparison.Ordinal);
        }, iter: 60);
    }

    [Fact]
    public async Task RunAsync_ReplyOfALocalModelInside_HasNoTokensThatSpellTheSecret()
    {
        var model = CpuLanguageModel.Create(Models.LocalModelOptions.FromTexts("tiny", [$"Call {Mail}."], new SeedKey(1)));
        var team = TeamPatterns.Sequential("team", [Teams.Role("ann") with { Options = new() { MaxOutputTokens = 4 } }]);
        var runtime = TeamRuntime.ForAll(model.GetChatClient(model.Base));
        var vault = new SecretVault();

        var inside = await team.Definition.RecordAsync(new($"Call {Mail}."), runtime, new() { Middleware = [new TrustZone(vault) { Roles = ["ann"] }.ToMiddleware()] });
        var harmless = await team.Definition.RecordAsync(new("Call."), runtime, new() { Middleware = [new TrustZone(vault) { Roles = ["ann"] }.ToMiddleware()] });

        Assert.Null(inside.Trajectory.Nodes[0].Tokens);
        Assert.True(inside.Trajectory.Nodes[0].Usage!.InputTokens > 0);
        Assert.NotNull(harmless.Trajectory.Nodes[0].Tokens);
    }

    private static JsonSerializerOptions Plain { get; } = new(TrajectoryJson.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Placeholder(string text, string kind) => Regex.Match(text, $"<{kind}_[0-9a-f]+>").Value;

    // Journals write '+' and others as \\u002B, in which nobody would find what was searched for as it stands.
    private static string Unescaped(string text) => Regex.Replace(text, @"\\+u([0-9A-Fa-f]{4})", m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString());

    private static FunctionCallContent Call(string id, string name, string? argument = null, object? value = null) => new(id, name, argument is null ? new Dictionary<string, object?>() : new() { [argument] = value });

    private static Exception Unwrap(Exception error)
    {
        while (error is WorkflowNodeException { InnerException: { } inner }) error = inner;
        return error;
    }

    private sealed class Leaks : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Logged { get; } = [];

        public ConcurrentQueue<string> Requests { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public IDisposable? BeginScope<TScope>(TScope state)
            where TScope : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TLogged>(LogLevel logLevel, EventId eventId, TLogged state, Exception? exception, Func<TLogged, Exception?, string> formatter) => Logged.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }

    private sealed class Chunks(string reply, int[] cuts) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, reply)));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var (at, i) = (0, 0); at < reply.Length; i++)
            {
                var length = Math.Min(cuts[i % cuts.Length], reply.Length - at);
                yield return new(ChatRole.Assistant, reply.Substring(at, length));
                at += length;
                await Task.Yield();
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }

    private sealed class KeptSecrets : ISecretStore
    {
        private readonly ConcurrentDictionary<string, string> _kept = [];

        public IEnumerable<KeyValuePair<string, string>> Load() => _kept;

        public void Add(string placeholder, string value) => _kept[placeholder] = value;
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("zone").FullName;

        public void Dispose() => Directory.Delete(Path, true);
    }
}

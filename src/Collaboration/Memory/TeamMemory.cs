using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>How a team remembers. Every value but the store has a default.</summary>
public sealed record TeamMemoryOptions : IChecked
{
    /// <summary>Where facts and episodes are kept.</summary>
    public required IMemoryStore Store { get; init; }

    /// <summary>The memory's name, under which journals note the version that a run reads. Several memories of one run need different ones.</summary>
    /// <value>"memory" by default.</value>
    public string Name { get; init; } = "memory";

    /// <summary>Finds entries by their meaning.</summary>
    /// <value>Null, the default: they are found by their words (BM25).</value>
    public IEmbeddingGenerator<string, Embedding<float>>? Embeddings { get; init; }

    /// <summary>The most facts that a role is told.</summary>
    /// <value>0 or more; 5 by default.</value>
    public int MaxFacts { get; init; } = 5;

    /// <summary>The most episodes that a role is told.</summary>
    /// <value>0 or more; 2 by default.</value>
    public int MaxEpisodes { get; init; } = 2;

    /// <summary>The most characters that a role is told in all; what fits worst is left out.</summary>
    /// <value>At least 1; 4000 by default.</value>
    public int MaxCharacters { get; init; } = 4000;

    /// <summary>The longest text that is remembered; a longer one is refused.</summary>
    /// <value>At least 1; 2000 by default.</value>
    public int MaxEntryCharacters { get; init; } = 2000;

    /// <summary>What a role, by its name, may read and write.</summary>
    /// <value>All of it, by default.</value>
    public Func<string, MemoryRights> Rights { get; init; } = _ => MemoryRights.All;

    /// <summary>Which facts an answer states: a pure function of the role's name and the answer.</summary>
    /// <value><see cref="MemoryTexts.Stated"/> by default: lines such as <c>REMEMBER bridge.length: 40 m</c>.</value>
    public Func<string, string, IEnumerable<MemoryFact>> Learn { get; init; } = (_, answer) => MemoryTexts.Stated(answer);

    /// <summary>What a role reads of what is remembered: a pure function.</summary>
    /// <value><see cref="MemoryTexts.Told"/> by default.</value>
    public Func<IReadOnlyList<MemoryEntry>, string> Tell { get; init; } = MemoryTexts.Told;

    /// <summary>Is told of a fact that was not kept, and why: the role may not write it, or it is too long.</summary>
    /// <value>Null by default; <see cref="TeamMemory.RefusedCount"/> counts them in any case.</value>
    public Action<string, MemoryFact, string>? OnRefused { get; init; }

    /// <summary>The clock of entries.</summary>
    /// <value>The system's by default.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Store is not null, "Store is null; give an IMemoryStore.")
        .RequireThat(!string.IsNullOrWhiteSpace(Name), "Name is empty; give a name.")
        .AtLeast(0, MaxFacts).AtLeast(0, MaxEpisodes).AtLeast(1, MaxCharacters).AtLeast(1, MaxEntryCharacters);
}

/// <summary>A fact, by what it is about.</summary>
/// <param name="Key">For example <c>bridge.length</c>; a newer fact of the same key takes its place.</param>
/// <param name="Text">What is so.</param>
public sealed record MemoryFact(string Key, string Text);

/// <summary>What a role may do with a memory. What keys begin with is compared letter by letter.</summary>
public sealed record MemoryRights
{
    /// <summary>Reads and writes everything.</summary>
    public static MemoryRights All { get; } = new() { WritesKeys = [""] };

    /// <summary>Neither reads nor writes.</summary>
    public static MemoryRights None { get; } = new() { ReadsFacts = false, ReadsEpisodes = false };

    /// <summary>Whether it is told facts; true by default.</summary>
    public bool ReadsFacts { get; init; } = true;

    /// <summary>Whether it is told episodes; true by default.</summary>
    public bool ReadsEpisodes { get; init; } = true;

    /// <summary>What the keys of facts that it is told begin with; empty, the default, for any.</summary>
    public ImmutableArray<string> ReadsKeys { get; init; } = [];

    /// <summary>What the keys of facts that it may write begin with; none by default, and "" for any.</summary>
    public ImmutableArray<string> WritesKeys { get; init; } = [];
}

/// <summary>
/// What a team remembers beyond a run: a list of facts, of which a newer one of a key takes the place of the older, and episodes, what happened in past runs. A run
/// reads the version at which it began, whatever is written meanwhile, so that resumed and forked runs are told the same; what is learnt from it is there for later runs.
/// </summary>
/// <example>
/// <code>
/// var memory = new TeamMemory(new() { Store = new SqliteMemoryStore("memory.db") });
/// var run = await workflow.RecordAsync(initial, runtime, new() { Middleware = [memory.ToMiddleware()], Seed = new SeedKey(1, Task: "bridge") });
/// await memory.LearnAsync(run.Trajectory);
/// await memory.AddEpisodeAsync(run.Trajectory, "Measure before you build.", reward: 1);
/// </code>
/// </example>
public sealed class TeamMemory
{
    private int _refused;
    private int _added;

    /// <summary>Makes a memory over a store.</summary>
    /// <exception cref="AgentTeamsException">An option is not valid.</exception>
    public TeamMemory(TeamMemoryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Validate(options);
        Options = options;
    }

    /// <summary>How many facts were not kept, as the role may not write them or they are too long.</summary>
    public int RefusedCount => Volatile.Read(ref _refused);

    internal TeamMemoryOptions Options { get; }

    /// <summary>Tells roles what is remembered before they are asked. What they were told stands in the record, and the version that was read in the journal.</summary>
    public WorkflowMiddleware ToMiddleware() => new MemoryMiddleware(this);

    /// <summary>Keeps a fact that nobody of the team said.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="source">Where it comes from, by which it can be forgotten.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="AgentTeamsException">It is longer than <see cref="TeamMemoryOptions.MaxEntryCharacters"/>.</exception>
    public async Task AddFactAsync(MemoryFact fact, string source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fact);
        ArgumentNullException.ThrowIfNull(fact.Text);
        Guard.Require(fact.Text.Length <= Options.MaxEntryCharacters, string.Create(CultureInfo.InvariantCulture, $"The fact '{fact.Key}' has {fact.Text.Length} characters, and MaxEntryCharacters is {Options.MaxEntryCharacters}. Shorten it, or raise it."));
        var at = Options.TimeProvider.GetUtcNow();
        // Two facts of a key at one moment are two, the later of which counts.
        var id = string.Create(CultureInfo.InvariantCulture, $"{source}/{fact.Key}/{at:O}/{Interlocked.Increment(ref _added)}");
        await AddAsync([new() { Id = id, Kind = MemoryKind.Fact, Key = fact.Key, Text = fact.Text, Run = source, At = at }], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps what happened in a run. A run has one episode: telling it again with another lesson replaces it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="lesson">What to make of it.</param>
    /// <param name="reward">How good it was; null, the default, where nobody knows.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    public async Task AddEpisodeAsync(Trajectory run, string lesson, double? reward = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(lesson);
        var text = $"Task: {run.TaskId}\nOutcome: {run.Outcome ?? $"{run.Status}"}\nLesson: {lesson}";
        Guard.Require(text.Length <= Options.MaxEntryCharacters, string.Create(CultureInfo.InvariantCulture, $"The episode of the run '{run.Id}' has {text.Length} characters, and MaxEntryCharacters is {Options.MaxEntryCharacters}. Record the run with a shorter Outcome, or raise it."));
        await AddAsync([new() { Id = $"{run.Id}/episode", Kind = MemoryKind.Episode, Text = text, Run = run.Id, Reward = reward, At = Options.TimeProvider.GetUtcNow() }], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a role would be told, the facts first.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="asked">What it is asked.</param>
    /// <param name="asOf">The version that is read; null, the default, for the newest.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async Task<IReadOnlyList<MemoryEntry>> RecallAsync(string role, string asked, long? asOf = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(asked);
        var rights = Options.Rights(role);
        if (string.IsNullOrWhiteSpace(asked) || !(rights.ReadsFacts || rights.ReadsEpisodes) || asOf == 0) return [];
        var query = new MemoryQuery { Text = asked, Embedding = await EmbedAsync(asked, cancellationToken).ConfigureAwait(false), AsOf = asOf, Keys = rights.ReadsKeys };
        var found = new List<MemoryEntry>();
        if (rights.ReadsFacts && Options.MaxFacts > 0) found.AddRange(await Options.Store.SearchAsync(query with { Kind = MemoryKind.Fact, Limit = Options.MaxFacts }, cancellationToken).ConfigureAwait(false));
        if (rights.ReadsEpisodes && Options.MaxEpisodes > 0) found.AddRange(await Options.Store.SearchAsync(query with { Kind = MemoryKind.Episode, Limit = Options.MaxEpisodes }, cancellationToken).ConfigureAwait(false));
        var characters = 0;
        return [.. found.TakeWhile(e => (characters += e.Key.Length + e.Text.Length) <= Options.MaxCharacters)];
    }

    /// <summary>Forgets entries for good, history included; records of runs that read them stay as they are.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ForgetAsync(MemorySource source, CancellationToken cancellationToken = default) => await Options.Store.ForgetAsync(source, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Keeps the facts that the answers of a run state, as far as their roles may. It reads the record: what was refused, discarded, broke or was inherited by a fork
    /// is not learnt, nor anything of a run that did not complete; learning from the same run again changes nothing.
    /// </summary>
    /// <returns>How many facts the run states that are kept now.</returns>
    public async Task<int> LearnAsync(Trajectory run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Status != TrajectoryStatus.Completed) return 0;
        var refused = new RefusedNodes(run);
        var kept = new List<MemoryEntry>();
        foreach (var node in run.Nodes.Where(n => n is { Kind: NodeKind.Role, Role: not null, Error: null, Discarded: false, Inherited: false } && !ConversationMemory.IsSummary(n) && !refused.Contains(n)))
        {
            foreach (var (fact, i) in Options.Learn(node.Role!, node.Text).Select((f, i) => (f, i)))
            {
                if (!MayKeep(node.Role!, fact)) continue;
                var id = string.Create(CultureInfo.InvariantCulture, $"{run.Id}/{node.Id}/{i}");
                kept.Add(new() { Id = id, Kind = MemoryKind.Fact, Key = fact.Key, Text = fact.Text, Run = run.Id, Node = node.Id, Role = node.Role!, At = Options.TimeProvider.GetUtcNow() });
            }
        }

        if (kept.Count > 0) await AddAsync(kept, cancellationToken).ConfigureAwait(false);
        return kept.Count;
    }

    private bool MayKeep(string role, MemoryFact fact)
    {
        var problem = !Options.Rights(role).WritesKeys.Any(k => fact.Key.StartsWith(k, StringComparison.Ordinal)) ? "the role may not write this key"
            : fact.Text.Length > Options.MaxEntryCharacters ? "it is longer than MaxEntryCharacters" : null;
        if (problem is null) return true;
        Interlocked.Increment(ref _refused);
        Options.OnRefused?.Invoke(role, fact, problem);
        return false;
    }

    private async Task AddAsync(List<MemoryEntry> entries, CancellationToken cancellationToken)
    {
        for (var i = 0; i < entries.Count; i++) entries[i] = entries[i] with { Embedding = await EmbedAsync($"{entries[i].Key} {entries[i].Text}".TrimStart(), cancellationToken).ConfigureAwait(false) };
        await Options.Store.AddAsync(entries, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ImmutableArray<float>> EmbedAsync(string text, CancellationToken cancellationToken)
    {
        if (Options.Embeddings is not { } generator) return [];
        var embedding = await generator.GenerateAsync([text], cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. embedding[0].Vector.Span];
    }
}

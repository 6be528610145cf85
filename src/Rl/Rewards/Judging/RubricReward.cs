using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Retry;

namespace AgentTeams.Rl;

/// <summary>
/// Grades by a language model, one question for each criterion: Σ w_c s_c / Σ w_c with scores s_c from 0 to 1, and 0 as soon as a criterion with a
/// <see cref="RubricCriterion.Veto"/> falls below its bound (weighted rubrics with veto: Huang et al. 2025, Reinforcement Learning with Rubric Anchors;
/// grades after reasons under a schema: Zheng et al. 2023, section 3). Each criterion's score is kept beside the total with weight 0, so that it appears in
/// metrics and reports and counts for nothing.
/// </summary>
/// <remarks>
/// A judge has biases and its noise is learned like everything else: measure it on labelled runs first (<see cref="JudgedRuns"/>), and correct its scale
/// with a <see cref="CalibratedReward"/>. Equal work is judged once, also where siblings are judged at the same time.
/// </remarks>
/// <example>
/// <code>
/// new RubricReward(judge,
/// [
///     new("clear", "A layman understands every sentence.") { Weight = 2 },
///     new("short", "Nothing could be left out."),
///     new("safe", "Names no medicine.") { Veto = true },
/// ])
/// </code>
/// </example>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
public sealed class RubricReward : IRewardFunction
{
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMinutes(1);
    private readonly IChatClient _judge;
    private readonly IJudgeCache _cache;
    private readonly string _judgeName;
    private readonly SemaphoreSlim _calls;
    private readonly SemaphoreSlim[] _sameWork = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Creates a rubric.</summary>
    /// <param name="judge">The model that grades; it may be called concurrently. Its response format is a JSON schema.</param>
    /// <param name="criteria">What it grades; at least one, with different names.</param>
    /// <param name="options">What it reads and how it is asked; the defaults unless given.</param>
    /// <exception cref="AgentTeamsException">Criteria or options are not valid; lists every problem.</exception>
    public RubricReward(IChatClient judge, IReadOnlyList<RubricCriterion> criteria, JudgeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(criteria);
        (Criteria, Options) = ([.. criteria], options ?? new());
        var checks = new OptionChecks("The rubric").Part(Options);
        foreach (var criterion in Criteria) checks.Part(criterion, criterion.Name);
        checks.RequireThat(Criteria.Any(c => c.Weight > 0), "It has no criterion that counts; give at least one.")
            .RequireThat(Criteria.DistinctBy(c => c.Name, StringComparer.Ordinal).Count() == Criteria.Count, "Two criteria have one name; give each its own.").ThrowIfAny();
        var metadata = judge.GetService<ChatClientMetadata>();
        _judgeName = $"{metadata?.ProviderName}/{metadata?.DefaultModelId}";
        _judge = Options.Retries == 0 ? judge : judge.WithPipeline(Retrying(Options));
        _cache = Options.Cache ?? new MemoryJudgeCache();
        _calls = new(Options.MaxConcurrency, Options.MaxConcurrency);
    }

    /// <summary>What is graded.</summary>
    public IReadOnlyList<RubricCriterion> Criteria { get; }

    /// <summary>What the judge reads and how it is asked.</summary>
    public JudgeOptions Options { get; }

    /// <inheritdoc/>
    public string Name => Options.Name;

    /// <inheritdoc/>
    public bool MayAbstain => Options.Role is not null;

    /// <inheritdoc/>
    /// <exception cref="JudgeException">The judge gave no grade.</exception>
    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(Trajectory trajectory, IReadOnlyList<Trajectory> group, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        if (Options.Role is { } role && !Replies.Of(trajectory, role).Any(n => !n.Inherited)) return [];
        if (trajectory.Status != TrajectoryStatus.Completed) return [Replies.For(Options.Role, Name, Options.Failed)];
        var work = Options.Show is { } show ? show(trajectory) : JudgedWork.Of(trajectory, Options.Role);
        var scores = await Task.WhenAll(Criteria.Select(c => GradeAsync(trajectory, c, work, cancellationToken))).ConfigureAwait(false);
        var isVetoed = Criteria.Where((c, i) => c.Veto && scores[i] < c.VetoBelow).Any();
        var total = isVetoed ? 0 : Criteria.Select((c, i) => c.Weight * scores[i]).Sum() / Criteria.Sum(c => c.Weight);
        return [Replies.For(Options.Role, Name, total), .. Criteria.Select((c, i) => Replies.For(Options.Role, $"{Name}/{c.Name}", scores[i]) with { Weight = 0 })];
    }

    private async Task<double> GradeAsync(Trajectory trajectory, RubricCriterion criterion, string work, CancellationToken cancellationToken)
    {
        var request = new JudgeRequest(criterion, work, _judgeName, Options);
        var sameWork = _sameWork[Convert.ToInt32(request.Key[..2], 16) % _sameWork.Length];
        await sameWork.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var verdict = await _cache.FindAsync(request.Key, cancellationToken).ConfigureAwait(false);
            if (verdict is null)
            {
                verdict = await AskAsync(trajectory, criterion, request, cancellationToken).ConfigureAwait(false);
                await _cache.AddAsync(request.Key, verdict, cancellationToken).ConfigureAwait(false);
            }

            return (double)verdict.Grade / Options.Scale;
        }
        finally
        {
            sameWork.Release();
        }
    }

    private async Task<JudgeVerdict> AskAsync(Trajectory trajectory, RubricCriterion criterion, JudgeRequest request, CancellationToken cancellationToken)
    {
        await _calls.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = "";
            for (var attempt = 0; attempt < Options.Attempts; attempt++)
            {
                answer = (await _judge.GetResponseAsync(request.Messages, request.OptionsOf(attempt), cancellationToken).ConfigureAwait(false)).Text;
                if (request.Read(answer) is { } verdict) return verdict;
            }

            throw new JudgeException(Name, trajectory, criterion.Name, $"none of {Options.Attempts} answers was a grade from 0 to {Options.Scale}, the last one '{answer}'. Use a judge "
                + "that keeps to a JSON schema, or raise JudgeOptions.Attempts.", null);
        }
        catch (Exception e) when (e is not JudgeException && !cancellationToken.IsCancellationRequested)
        {
            throw new JudgeException(Name, trajectory, criterion.Name, $"{e.Message} Look at the judge's service, or raise JudgeOptions.Retries.", e);
        }
        finally
        {
            _calls.Release();
        }
    }

    // A client's own time-out is an OperationCanceledException too, which Polly leaves alone unless told otherwise.
    private static ResiliencePipeline<ChatResponse> Retrying(JudgeOptions options) => new ResiliencePipelineBuilder<ChatResponse> { TimeProvider = options.TimeProvider }
        .AddRetry(new RetryStrategyOptions<ChatResponse>
        {
            ShouldHandle = static a => ValueTask.FromResult(a.Outcome.Exception is not null && !a.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = options.Retries, Delay = options.RetryDelay, MaxDelay = options.RetryDelay > s_longestDelay ? options.RetryDelay : s_longestDelay, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
        })
        .Build();
}

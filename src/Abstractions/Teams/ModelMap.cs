using System.Collections.Immutable;

namespace AgentTeams;

/// <summary>
/// Which policy answers for which role, as data: the same workflow runs and trains unchanged under full sharing,
/// separation, partial sharing, adapters on one base, and models that are asked but never trained.
/// </summary>
public sealed record ModelMap
{
    private ModelMap(ImmutableSortedDictionary<string, PolicyId> bindings, ImmutableHashSet<string> frozen)
    {
        Bindings = bindings;
        FrozenModels = frozen;
    }

    /// <summary>The policy of each role, by role name.</summary>
    public ImmutableSortedDictionary<string, PolicyId> Bindings { get; }

    /// <summary>Ids of the models that are asked but never trained, wherever they run.</summary>
    public ImmutableHashSet<string> FrozenModels { get; }

    /// <summary>The distinct policies, in a fixed order.</summary>
    public IReadOnlyList<PolicyId> Policies =>
        [.. Bindings.Values.Distinct().OrderBy(p => p.ToString(), StringComparer.Ordinal)];

    /// <summary>The policy of a role.</summary>
    /// <exception cref="AgentTeamsException">The role is not bound.</exception>
    public PolicyId this[string role] => Bindings.TryGetValue(role, out var policy)
        ? policy
        : throw new AgentTeamsException($"The role '{role}' is bound to no model. Bound are: {string.Join(", ", Bindings.Keys)}.");

    /// <summary>Whether the model behind a role is asked but never trained.</summary>
    public bool IsFrozen(string role) => FrozenModels.Contains(this[role].Model);

    /// <summary>Full sharing: every role speaks through one model.</summary>
    public static ModelMap Full(string model, params IEnumerable<string> roles) =>
        Create(roles.Select(r => (r, new PolicyId(model))));

    /// <summary>Separation: each role has a model of its own, with the role's name as its id.</summary>
    public static ModelMap Separate(params IEnumerable<string> roles) =>
        Create(roles.Select(r => (r, new PolicyId(r))));

    /// <summary>Partial sharing: each group of roles shares one model.</summary>
    /// <param name="groups">The roles of each model, by model id.</param>
    public static ModelMap Partial(IReadOnlyDictionary<string, IReadOnlyList<string>> groups) =>
        Create(groups.SelectMany(g => g.Value.Select(r => (r, new PolicyId(g.Key)))));

    /// <summary>Adapters: each role has a low-rank adapter of its own, with the role's name as its id, on one frozen base.</summary>
    public static ModelMap Adapters(string model, params IEnumerable<string> roles) =>
        Create(roles.Select(r => (r, new PolicyId(model, r))));

    /// <summary>Frozen: every role is answered by one model that is never trained, for example a hosted one behind an API.</summary>
    public static ModelMap Frozen(string model, params IEnumerable<string> roles) =>
        new(Create(roles.Select(r => (r, new PolicyId(model)))).Bindings, [model]);

    /// <summary>Any mapping, role by role.</summary>
    /// <exception cref="AgentTeamsException">A role is named twice, or a role, model or adapter name is malformed.</exception>
    public static ModelMap Create(IEnumerable<(string Role, PolicyId Policy)> bindings)
    {
        var map = ImmutableSortedDictionary.CreateBuilder<string, PolicyId>(StringComparer.Ordinal);
        foreach (var (role, policy) in bindings)
        {
            if (!map.TryAdd(Guard.Name(role, "role name"), policy))
                throw new AgentTeamsException($"The role '{role}' is bound twice, to '{map[role]}' and to '{policy}'. Bind it once.");
        }

        return new(map.ToImmutable(), []);
    }

    /// <summary>The same map with some roles answered by a model that is never trained.</summary>
    /// <exception cref="AgentTeamsException">The model is also bound to another role as a trainable one, or a role name is malformed.</exception>
    public ModelMap WithFrozen(string model, params IEnumerable<string> roles)
    {
        var asked = roles.Select(r => Guard.Name(r, "role name")).ToHashSet(StringComparer.Ordinal);
        var trained = FrozenModels.Contains(model) ? [] : Bindings.Where(b => b.Value.Model == model && !asked.Contains(b.Key)).Select(b => b.Key).ToList();
        if (trained is [var other, ..])
            throw new AgentTeamsException($"The model '{model}' is bound to the role '{other}' as one that can be trained, so it cannot be frozen for "
                + "others. Give one of them another model id.");
        return new(Bindings.SetItems(asked.Select(r => KeyValuePair.Create(r, new PolicyId(model)))), FrozenModels.Add(model));
    }
}

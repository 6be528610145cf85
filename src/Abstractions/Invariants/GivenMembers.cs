namespace AgentTeams;

/// <summary>
/// Which members an initialiser has given so far, so that members that must fit each other are checked in whatever order they are
/// set. A <c>with</c> expression starts from none: what it does not give is a copy that may no longer fit, and is checked when read.
/// Has no part in the equality of a record.
/// </summary>
internal readonly struct GivenMembers : IEquatable<GivenMembers>
{
    // The record itself: a copy of it is not the record that was initialised.
    private readonly object? _record;
    private readonly int _members;

    private GivenMembers(object record, int members) => (_record, _members) = (record, members);

    public GivenMembers With(object record, int member) => new(record, ReferenceEquals(_record, record) ? _members | member : member);

    /// <summary>Whether all of these were given.</summary>
    public bool Hold(object record, int members) => ReferenceEquals(_record, record) && (_members & members) == members;

    public bool Equals(GivenMembers other) => true;

    public override bool Equals(object? obj) => obj is GivenMembers;

    public override int GetHashCode() => 0;
}

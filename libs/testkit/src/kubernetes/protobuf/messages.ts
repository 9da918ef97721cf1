/**
 * Messages that clients send in protobuf: `field=number:type`, where a type is a scalar, another message, `[]T` or `{}T`.
 * Those are what the generated Go clients create and delete; everything else comes as JSON.
 */
export const messages: Readonly<Record<string, string>> = {
  ObjectMeta:
    "name=1:string generateName=2:string namespace=3:string selfLink=4:string uid=5:string resourceVersion=6:string generation=7:integer " +
    "creationTimestamp=8:time deletionTimestamp=9:time deletionGracePeriodSeconds=10:integer labels=11:{}string annotations=12:{}string " +
    "ownerReferences=13:[]OwnerReference finalizers=14:[]string managedFields=17:[]ManagedFieldsEntry",
  OwnerReference: "kind=1:string name=3:string uid=4:string apiVersion=5:string controller=6:boolean blockOwnerDeletion=7:boolean",
  ManagedFieldsEntry:
    "manager=1:string operation=2:string apiVersion=3:string time=4:time fieldsType=6:string fieldsV1=7:json subresource=8:string",
  DeleteOptions:
    "gracePeriodSeconds=1:integer preconditions=2:Preconditions orphanDependents=3:boolean propagationPolicy=4:string dryRun=5:[]string",
  Preconditions: "uid=1:string resourceVersion=2:string",
  LabelSelector: "matchLabels=1:{}string matchExpressions=2:[]LabelSelectorRequirement",
  LabelSelectorRequirement: "key=1:string operator=2:string values=3:[]string",
  Namespace: "metadata=1:ObjectMeta spec=2:NamespaceSpec status=3:NamespaceStatus",
  NamespaceSpec: "finalizers=1:[]string",
  NamespaceStatus: "phase=1:string",
  Secret: "metadata=1:ObjectMeta data=2:{}bytes type=3:string stringData=4:{}string immutable=5:boolean",
  ConfigMap: "metadata=1:ObjectMeta data=2:{}string binaryData=3:{}bytes immutable=4:boolean",
  ServiceAccount:
    "metadata=1:ObjectMeta secrets=2:[]ObjectReference imagePullSecrets=3:[]LocalObjectReference automountServiceAccountToken=4:boolean",
  ObjectReference:
    "kind=1:string namespace=2:string name=3:string uid=4:string apiVersion=5:string resourceVersion=6:string fieldPath=7:string",
  LocalObjectReference: "name=1:string",
  Lease: "metadata=1:ObjectMeta spec=2:LeaseSpec",
  LeaseSpec: "holderIdentity=1:string leaseDurationSeconds=2:integer acquireTime=3:time renewTime=4:time leaseTransitions=5:integer",
  SelfSubjectAccessReview: "metadata=1:ObjectMeta spec=2:SelfSubjectAccessReviewSpec",
  SelfSubjectAccessReviewSpec: "resourceAttributes=1:ResourceAttributes nonResourceAttributes=2:NonResourceAttributes",
  ResourceAttributes:
    "namespace=1:string verb=2:string group=3:string version=4:string resource=5:string subresource=6:string name=7:string",
  NonResourceAttributes: "path=1:string verb=2:string",
  SelfSubjectRulesReview: "metadata=1:ObjectMeta spec=2:SelfSubjectRulesReviewSpec",
  SelfSubjectRulesReviewSpec: "namespace=1:string",
  SelfSubjectReview: "metadata=1:ObjectMeta",
  Role: "metadata=1:ObjectMeta rules=2:[]PolicyRule",
  ClusterRole: "metadata=1:ObjectMeta rules=2:[]PolicyRule",
  PolicyRule: "verbs=1:[]string apiGroups=2:[]string resources=3:[]string resourceNames=4:[]string nonResourceURLs=5:[]string",
  RoleBinding: "metadata=1:ObjectMeta subjects=2:[]Subject roleRef=3:RoleRef",
  ClusterRoleBinding: "metadata=1:ObjectMeta subjects=2:[]Subject roleRef=3:RoleRef",
  Subject: "kind=1:string apiGroup=2:string name=3:string namespace=4:string",
  RoleRef: "apiGroup=1:string kind=2:string name=3:string",
};
